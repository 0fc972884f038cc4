"""A system that has come to rest, and the proof of what it has counted then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from chaos import proof, store
from chaos.api import StormFailed, until
from chaos.outcome import Outcome
from chaos.refold import distinct_values, refold
from chaos.traffic import METRICS
from usageflow_common.database import RawConnection, connect
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.settings import BusSettings
from usageflow_common.topics import EVENTS_RAW
from usageflow_local.system import System

_DRAIN_SECONDS_MAX: Final = 240.0


class Ground(Protocol):
    """What is looked at."""

    @property
    def system(self) -> System:
        """PostgreSQL, Kafka and the services."""

    @property
    def bus_settings(self) -> BusSettings:
        """How to read its topics."""

    @property
    def digest_key(self) -> bytes:
        """The key of the proofs."""


async def come_to_rest(ground: Ground, announce: Callable[[str], None]) -> None:
    """Return when everything in the log is counted and applied, and no outbox holds a row."""
    bus = Bus(ground.bus_settings, "chaos")
    log = LogReader(bus, EVENTS_RAW)
    owner = await connect(ground.system.postgres.owner_url, application_name="chaos")
    seen: list[str] = []

    async def at_rest() -> bool:
        ends = {p: (await log.bounds(p)).end for p in range(bus.partitions(EVENTS_RAW))}
        counted, applied = await store.read_counted(owner), await store.read_applied(owner)
        waiting = await store.read_outboxes(owner)
        seen[:] = [f"log {ends}, counted {counted}, applied {applied}, outboxes {waiting}"]
        return ends == counted == applied and not waiting

    try:
        await until("coming to rest", at_rest, _DRAIN_SECONDS_MAX)
    except StormFailed as failure:
        raise StormFailed(f"{failure}: {seen}") from None
    finally:
        await owner.close()
        await log.stop()
    announce("at rest")


async def prove_counting(
    ground: Ground, owner: RawConnection, ends: dict[int, int], events: list[store.StoredEvent], outcome: Outcome
) -> None:
    """Events, windows, distinct values and accounts; fills `outcome`."""
    outcome.counted = len(events)
    conflicts = await store.read_conflicts(owner)
    codes = await store.read_metric_codes(owner)
    metrics = {metric.code: metric for metric in METRICS}
    windows = refold(events, {id_: metrics[code] for id_, code in codes.items()}, ground.digest_key)
    outcome.differences += proof.compare_events(outcome.books, events, conflicts)
    outcome.differences += proof.compare_windows(windows, await store.read_windows(owner), "aggregator")
    outcome.differences += proof.compare_windows(windows, await store.read_applied_windows(owner), "invoicer")
    values = distinct_values(events, {id_: metrics[code] for id_, code in codes.items()})
    outcome.differences += proof.compare_points(values, await store.read_points(owner), "aggregator")
    outcome.differences += proof.compare_points(values, await store.read_applied_points(owner), "invoicer")
    accounts, applied = await store.read_accounts(owner), await store.read_applied(owner)
    outcome.differences += proof.compare_accounts(accounts, ends, applied, await store.count_keys(owner))
