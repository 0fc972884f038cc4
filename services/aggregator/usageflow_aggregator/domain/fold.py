"""The fold: what a batch's new events add to each window. Addition only, so any order and any split give the same windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from usageflow_aggregator.domain.digest import add_digests
from usageflow_aggregator.domain.measure import NOTHING
from usageflow_aggregator.domain.reading import Usage
from usageflow_common.clock import WINDOW, window_start
from usageflow_common.money import EXACT

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class WindowKey(NamedTuple):
    """One window of one metric of one customer."""

    org_id: UUID
    metric_id: UUID
    customer_id: str
    window_start_at: datetime


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added to a window. `last_offset` is the last event's place in the log."""

    event_count: int
    total: Decimal
    digest: int
    last_offset: int


def fold(usages: Iterable[Usage]) -> dict[WindowKey, Addition]:
    """Group the events by window; one event adds to a window of each metric that it feeds."""
    windows: dict[tuple[int, int, str, int], _Sums] = {}
    for usage in usages:
        event = usage.event
        quarter = (event.occurred_at - _EPOCH) // WINDOW
        for contribution in usage.contributions:
            # By integers: comparing UUIDs for each event would cost more than adding it.
            key = (event.org_id.int, contribution.metric_id.int, event.customer_id, quarter)
            sums = windows.get(key)
            if sums is None:
                start_at = window_start(event.occurred_at)
                named = WindowKey(event.org_id, contribution.metric_id, event.customer_id, start_at)
                sums = windows[key] = _Sums(named)
            sums.add(contribution.amount, usage.digest, usage.offset)
    return {sums.key: sums.addition() for sums in windows.values()}


def merge(left: Addition, right: Addition) -> Addition:
    """Both together."""
    return Addition(
        event_count=left.event_count + right.event_count,
        total=EXACT.add(left.total, right.total),
        digest=add_digests((left.digest, right.digest)),
        last_offset=max(left.last_offset, right.last_offset),
    )


class _Sums:
    """A window's sums while its events are being added."""

    __slots__ = ("_count", "_digest", "_last_offset", "_total", "key")

    def __init__(self, key: WindowKey) -> None:
        self.key = key
        self._count = 0
        self._total = NOTHING
        self._digest = 0
        self._last_offset = -1

    def add(self, amount: Decimal, digest: int, offset: int) -> None:
        self._count += 1
        self._total = EXACT.add(self._total, amount)
        self._digest += digest
        self._last_offset = max(self._last_offset, offset)

    def addition(self) -> Addition:
        return Addition(self._count, self._total, add_digests((self._digest,)), self._last_offset)
