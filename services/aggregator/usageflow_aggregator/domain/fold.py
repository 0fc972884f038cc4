"""The fold: what a batch's new events add to each window. Addition only, so any order and any split give the same windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from usageflow_aggregator.domain.digest import add_digests
from usageflow_aggregator.domain.reading import Usage
from usageflow_common.clock import window_start
from usageflow_common.money import EXACT


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
    windows: dict[WindowKey, Addition] = {}
    for usage in usages:
        event = usage.event
        start_at = window_start(event.occurred_at)
        for contribution in usage.contributions:
            key = WindowKey(event.org_id, contribution.metric_id, event.customer_id, start_at)
            one = Addition(1, contribution.amount, usage.digest, usage.offset)
            there = windows.get(key)
            windows[key] = merge(there, one) if there else one
    return windows


def merge(left: Addition, right: Addition) -> Addition:
    """Both together."""
    return replace(
        left,
        event_count=left.event_count + right.event_count,
        total=EXACT.add(left.total, right.total),
        digest=add_digests((left.digest, right.digest)),
        last_offset=max(left.last_offset, right.last_offset),
    )
