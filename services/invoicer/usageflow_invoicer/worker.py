"""The composition root of the invoicer's worker: it applies usage, closes periods, verifies invoices and relays the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.errors import Unavailable
from usageflow_common.http import create_app
from usageflow_common.kafka import Bus, PartitionConsumer, Producer
from usageflow_common.logs import get_logger
from usageflow_common.outbox import Relay
from usageflow_common.runtime import Task, supervise
from usageflow_common.topics import USAGE_AGGREGATED
from usageflow_invoicer.catalogs import Clocks, Organizations
from usageflow_invoicer.client import connect
from usageflow_invoicer.consumer import UsageHandler
from usageflow_invoicer.payment_providers import Providers, connect_providers
from usageflow_invoicer.service.clocks import step_clocks
from usageflow_invoicer.service.closing import carry_out
from usageflow_invoicer.service.collecting import Collector
from usageflow_invoicer.service.dunning import dun_everywhere
from usageflow_invoicer.service.lives import live_everywhere
from usageflow_invoicer.service.progress import Progress
from usageflow_invoicer.service.runs import passed_runs, write_markers
from usageflow_invoicer.service.schedule import schedule_runs
from usageflow_invoicer.service.stalls import StallWatch
from usageflow_invoicer.service.sweeps import sweep
from usageflow_invoicer.service.thresholds import watch
from usageflow_invoicer.service.upkeep import is_reachable, purge_operations
from usageflow_invoicer.service.verification import verify_next
from usageflow_invoicer.settings import InvoicerSettings

GROUP: Final = "invoicer-usage"
_BATCH_RECORDS: Final = 500
_BATCH_BYTES: Final = 2 * 2**20
"""Of JSON, which takes ten times as much memory when it is read, in every partition at once."""
_DUNNING_SECONDS: Final = 5.0
_COLLECT_SECONDS: Final = 2.0
_WATCH_SECONDS: Final = 1.0
_STALL_SECONDS: Final = 5.0
_SWEEP_SECONDS: Final = 60.0
_PURGE_SECONDS: Final = 600.0
_PROGRESS_SECONDS: Final = 1.0
_POSTPONED_SECONDS: Final = 2.0

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Billing:
    """The steps of billing, each of which any number of workers may do at once."""

    engine: AsyncEngine
    producer: Producer
    organizations: Organizations
    clock: Clock
    settings: InvoicerSettings
    providers: Providers
    resting: dict[UUID, datetime] = field(default_factory=dict)
    stalls: StallWatch = field(default_factory=StallWatch)

    @property
    def collector(self) -> Collector:
        """What asks for money."""
        return Collector(self.engine, self.organizations.find, self.providers.find, self.clock)

    @property
    def steps(self) -> dict[str, tuple[Callable[[], Awaitable[None]], float]]:
        """Each step with how often it is done, in seconds."""
        tick = self.settings.billing_tick_seconds
        return {
            "lives": (self.live, tick),
            "schedule": (self.schedule, tick),
            "markers": (self.mark, tick),
            "close": (self.close, tick),
            "test_clocks": (self.advance_clocks, tick),
            "dunning": (self.dun, max(tick, _DUNNING_SECONDS)),
            "collecting": (self.collect, max(tick, _COLLECT_SECONDS)),
            "charges": (self.charge, tick),
            "thresholds": (self.watch, max(tick, _WATCH_SECONDS)),
            "sweeps": (self.sweep, _SWEEP_SECONDS),
            "stalls": (self.watch_barriers, _STALL_SECONDS),
            "purge": (self.purge, _PURGE_SECONDS),
        }

    async def schedule(self) -> None:
        """Make the runs that are due. Not on settings of yesterday: a grace that was made longer holds."""
        if self.organizations.fresh:
            await schedule_runs(self.engine, self.organizations.find, self.clock, self.settings.event_partitions)

    async def live(self) -> None:
        """Make the periods that follow, and apply the changes whose time has come."""
        await live_everywhere(self.engine, self.clock, self.resting)

    async def dun(self) -> None:
        """Ask for money that did not come. Not by a schedule of yesterday."""
        if self.organizations.fresh:
            await dun_everywhere(self.engine, self.organizations.find, self.clock, self.collector.ask_again)

    async def collect(self) -> None:
        """Ask for what was issued."""
        if self.providers.by_mode and self.organizations.fresh:
            await self.collector.collect_issued()

    async def charge(self) -> None:
        """Ask payment providers about the charges that are under way."""
        while await self.collector.ask_providers():
            pass

    async def advance_clocks(self) -> None:
        """Carry test clocks to where they are to be, with a stop at everything that falls due."""
        collects = self.providers.find("test") is not None
        wall = self.clock.wall()
        resting = [each for each, until in self.resting.items() if until > wall]
        if await step_clocks(self.engine, self.organizations.find, self.clock, collects=collects, resting=resting):
            # A clock waits at each attempt and each charge: the usual pauses between two looks would be most of the way.
            await self.dun()
            await self.collect()

    async def watch(self) -> None:
        """Tell of running periods that have reached a threshold."""
        await watch(self.engine, self.clock)

    async def sweep(self) -> None:
        """Give late usage that has waited long enough an invoice of its own."""
        while await sweep(self.engine, self.clock):
            pass

    async def watch_barriers(self) -> None:
        """Raise the alarm of a barrier that does not pass, and name the partition."""
        await self.stalls.look(self.engine, self.clock.wall(), self.settings.event_partitions)

    async def purge(self) -> None:
        """Forget operations whose answers nobody asks for any more."""
        await purge_operations(self.engine)

    async def mark(self) -> None:
        """Write the markers that runs wait for."""
        await write_markers(self.engine, self.producer, self.clock.wall(), self.settings.marker_again_after)

    async def close(self) -> None:
        """Carry out the runs whose barrier has passed; one that cannot be carried out stops no other.

        Not on settings of yesterday either: an organization that finalizes by hand since then keeps its drafts.
        """
        if not self.organizations.fresh:
            return
        for run, markers in await passed_runs(self.engine):
            organization = self.organizations.find(run.org_id)
            if organization is None:
                _log.warning("run_of_unknown_organization", org_id=str(run.org_id))
                continue
            try:
                await carry_out(self.engine, run, markers, organization, self.clock, batch=self.settings.close_batch)
            except Exception as error:
                if is_unavailable(error):
                    raise
                _log.error("run_broke_off", org_id=str(run.org_id), run_id=str(run.run_id), exc_info=error)


def build_worker(settings: InvoicerSettings) -> FastAPI:
    """Health and metrics of a process whose work is its tasks."""
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, application_name="invoicer worker", pool_size=settings.pool_size)
    bus = Bus(settings, "invoicer")
    organizations, clocks = Organizations(bus), Clocks(bus)

    async def postgres() -> bool:
        return await is_reachable(engine)

    async def catalogs() -> bool:
        return organizations.catalog.ready and clocks.catalog.ready

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        producer, tick = Producer(bus), settings.billing_tick_seconds
        clock = Clock(clocks.offset_of, clocks.furthest_ahead)
        await producer.start()
        consumer = PartitionConsumer(
            bus,
            USAGE_AGGREGATED,
            UsageHandler(engine),
            group=GROUP,
            batch_records=_BATCH_RECORDS,
            batch_bytes=_BATCH_BYTES,
        )
        async with (
            connect(settings.aggregator_url, settings.token_private_key, settings.token_key_id) as raw_events,
            connect_providers(settings) as providers,
        ):
            billing = Billing(engine, producer, organizations, clock, settings, providers)

            async def verify() -> None:
                while await verify_next(engine, raw_events, clock):
                    pass

            supervise(app, "organizations", organizations.catalog.run)
            supervise(app, "clocks", clocks.catalog.run)
            supervise(app, "usage_consumer", consumer.run)
            supervise(app, "outbox_relay", Relay(engine, url, producer, schema="invoicer").run)
            for name, (step, seconds) in billing.steps.items():
                supervise(app, name, repeated(name, step, seconds))
            supervise(app, "verify", repeated("verify", verify, tick))
            progress = Progress(raw_events.progress)
            supervise(app, "progress", repeated("progress", partial(progress.look, engine), _PROGRESS_SECONDS))
            try:
                yield None
            finally:
                await producer.stop()
                await engine.dispose()

    checks = {"postgres": postgres, "catalogs": catalogs}
    return create_app(title="UsageFlow invoicer worker", checks=checks, lifespan=lifespan)


def repeated(name: str, step: Callable[[], Awaitable[None]], seconds: float) -> Task:
    """The step again and again. A database or a service that is away only postpones it; anything else ends the process."""

    async def run() -> None:
        while True:
            pause = seconds
            try:
                await step()
            except Exception as error:
                if not (is_unavailable(error) or isinstance(error, Unavailable)):
                    raise
                _log.warning("step_postponed", step=name, error=type(error).__name__)
                pause = max(seconds, _POSTPONED_SECONDS)
            await asyncio.sleep(pause)

    return run
