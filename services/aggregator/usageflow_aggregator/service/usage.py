"""How much was used: a range, exact at any boundary, divided into civil windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.civil import Span, whole_windows
from usageflow_aggregator.domain.measure import Sum, value_of
from usageflow_aggregator.store import progress, usage
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import Unavailable
from usageflow_common.money import EXACT


@dataclass(frozen=True, slots=True)
class Amount:
    """The value of a window, or of the range, and how many events it comes from."""

    value: Decimal
    event_count: int


@dataclass(frozen=True, slots=True)
class Usage:
    """One database snapshot: an amount for each window asked for, the total, and the instant up to which everything is in it."""

    windows: tuple[Amount, ...]
    total: Amount
    counted_through: datetime


async def read_usage(
    engine: AsyncEngine,
    org_id: UUID,
    metric: KnownMetric,
    customer_ids: tuple[str, ...] | None,
    windows: Sequence[Span],
) -> Usage:
    """Usage in consecutive windows (at least one)."""
    aggregation = metric.aggregation
    value_property = aggregation.value_property if isinstance(aggregation, Sum) else None
    which = usage.MetricFilter(metric.record.metric_id, customer_ids, value_property)
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        counted_through = await progress.read_counted_through(tx)
        buckets = await _read_buckets(tx, org_id, which, windows)
    if counted_through is None:
        raise Unavailable("Nothing has been set up to be counted yet.")
    counts = [0] * len(windows)
    totals = [Decimal(0)] * len(windows)
    for bucket in buckets:
        counts[bucket.index] += bucket.event_count
        totals[bucket.index] = EXACT.add(totals[bucket.index], bucket.total)
    amounts = [Amount(value_of(aggregation, total, count), count) for count, total in zip(counts, totals, strict=True)]
    everything = Decimal(0)
    for total in totals:
        everything = EXACT.add(everything, total)
    return Usage(tuple(amounts), Amount(value_of(aggregation, everything, sum(counts)), sum(counts)), counted_through)


async def _read_buckets(
    tx: Transaction, org_id: UUID, which: usage.MetricFilter, windows: Sequence[Span]
) -> list[usage.Bucket]:
    starts = [window.start_at for window in windows]
    span = Span(windows[0].start_at, windows[-1].end_at)
    whole = whole_windows(span)
    if whole is None:
        return await usage.read_raw(tx, org_id, which, span, starts)
    buckets = await usage.read_kept(tx, org_id, which, whole, starts)
    for edge in (Span(span.start_at, whole.start_at), Span(whole.end_at, span.end_at)):
        if edge.start_at < edge.end_at:
            buckets += await usage.read_raw(tx, org_id, which, edge, starts)
    return buckets
