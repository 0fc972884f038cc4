"""How an organization's day goes: what was received, and what its metrics come to beside yesterday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.asking import Asked, EveryRow, amount_of
from usageflow_aggregator.domain.digest import value_salt
from usageflow_aggregator.store import progress, receipts, usage
from usageflow_aggregator.store.receipts import Received
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import Span, midnight
from usageflow_common.clock import WINDOW, window_start
from usageflow_common.database import Transaction, transaction


@dataclass(frozen=True, slots=True)
class MetricToday:
    """`value`: of today so far; `yesterday`: of yesterday up to the quarter hour of this time of day."""

    code: str
    value: Decimal | None
    yesterday: Decimal | None


@dataclass(frozen=True, slots=True)
class Today:
    """`received`: since midnight. `counted_through`: whatever was accepted before it is counted; None before anything was."""

    metrics: tuple[MetricToday, ...]
    received: Received
    counted_through: datetime | None


@dataclass(frozen=True, slots=True)
class Intake:
    """Events received by window. `per_second`: of the quarter hour that runs and the one before."""

    windows: tuple[Received, ...]
    per_second: Decimal
    counted_through: datetime | None


async def read_intake(engine: AsyncEngine, org_id: UUID, windows: Sequence[Span], now: datetime) -> Intake:
    """Windows that tile a range of whole quarter hours."""
    running = window_start(now)
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        found = await receipts.read_receipts(tx, org_id, windows)
        lately = await receipts.received_since(tx, org_id, running - WINDOW, running + WINDOW)
        counted_through = await progress.read_counted_through(tx)
    seconds = Decimal(int((now - running + WINDOW).total_seconds()))
    per_second = (Decimal(lately.counted + lately.duplicates) / seconds).quantize(Decimal("0.001"))
    return Intake(tuple(found), per_second, counted_through)


async def read_today(
    engine: AsyncEngine,
    digest_key: bytes,
    org_id: UUID,
    metrics: Sequence[KnownMetric],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Today:
    """From one snapshot."""
    today = now.astimezone(zone).date()
    began_at, before = midnight(today, zone), midnight(today - timedelta(days=1), zone)
    # What runs now is part of today; of yesterday, as much as had passed by the same time of day.
    span = Span(window_start(began_at), window_start(now) + WINDOW)
    earlier = Span(window_start(before), max(window_start(before + (now - began_at)), window_start(before) + WINDOW))
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        counted_through = await progress.read_counted_through(tx)
        received = await receipts.received_since(tx, org_id, span.start_at, span.end_at)
        found = []
        for metric in metrics:
            asked = _asked(metric, value_salt(digest_key, org_id))
            values = [await _value(tx, org_id, asked, each) for each in (span, earlier)]
            found.append(MetricToday(metric.record.code, *values))
    return Today(tuple(found), received, counted_through)


async def _value(tx: Transaction, org_id: UUID, asked: Asked, span: Span) -> Decimal | None:
    whole, _ = await usage.read_usage(tx, org_id, asked, [span], EveryRow())
    return amount_of(asked.aggregation, whole, span.start_at, span.end_at).value


def _asked(metric: KnownMetric, salt: bytes) -> Asked:
    return Asked(
        metric_id=metric.record.metric_id,
        aggregation=metric.aggregation,
        value_property=metric.record.value_property,
        group_by=tuple(sorted(metric.record.group_by)),
        value_salt=salt,
        customer_ids=None,
        group_filters={},
        dimensions=(),
    )
