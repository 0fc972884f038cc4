"""How an organization earns: by month, by what recurs, and by customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction, transaction
from usageflow_invoicer.domain.recurring import Month, Moves, Recurring, monthly_minor, moves
from usageflow_invoicer.store import analytics as store
from usageflow_invoicer.store.analytics import Owed, Revenue, Top


async def revenue(engine: AsyncEngine, org_id: UUID, months: Sequence[Month]) -> list[Revenue]:
    """By month and currency; months in which nothing moved are absent."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        return await store.revenue(tx, org_id, [month.start_at for month in months], months[-1].end_at)


async def recurring(
    engine: AsyncEngine, org_id: UUID, months: Sequence[Month], now: datetime
) -> list[dict[str, Moves]]:
    """For each month its moves by currency: what recurs at its end, or now where that has not come. Months ahead have none."""
    found: list[dict[str, Moves]] = []
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        before = await _recurring(tx, org_id, min(months[0].start_at, now))
        for month in months:
            if month.start_at > now:
                found.append({})
                continue
            after = await _recurring(tx, org_id, min(month.end_at, now))
            found.append(moves(before, after))
            before = after
    return found


async def top_customers(
    engine: AsyncEngine, org_id: UUID, span: tuple[datetime, datetime], currency: str, limit: int
) -> list[Top]:
    """By what they were invoiced."""
    async with transaction(engine, read_only=True) as tx:
        return await store.top_by_revenue(tx, org_id, span, currency, limit)


async def top_users(
    engine: AsyncEngine, org_id: UUID, span: tuple[datetime, datetime], metric_id: UUID, *, events: bool, limit: int
) -> list[Top]:
    """By what they used of a metric whose windows add up."""
    async with transaction(engine, read_only=True) as tx:
        return await store.top_by_usage(tx, org_id, span, metric_id, events=events, limit=limit)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an organization stands now. What recurs and what was invoiced this month: minor units by currency. Subscriptions: by state."""

    mrr: Mapping[str, int]
    invoiced: Mapping[str, int]
    owed: Sequence[Owed]
    subscriptions: Mapping[str, int]


async def standing(engine: AsyncEngine, org_id: UUID, month: Month, now: datetime) -> Standing:
    """From one snapshot. `month`: the one that runs."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        mrr: dict[str, int] = {}
        for (_, currency), amount in (await _recurring(tx, org_id, now)).items():
            mrr[currency] = mrr.get(currency, 0) + amount
        revenue = await store.revenue(tx, org_id, [month.start_at], month.end_at)
        return Standing(
            mrr,
            {row.currency: row.invoiced for row in revenue},
            await store.owed(tx, org_id, now),
            await store.subscription_states(tx, org_id),
        )


async def _recurring(tx: Transaction, org_id: UUID, at: datetime) -> Recurring:
    return {
        (each.subscription_id, each.currency): monthly_minor(
            each.price, each.interval, each.interval_count, each.currency
        )
        for each in await store.base_prices(tx, org_id, at)
    }
