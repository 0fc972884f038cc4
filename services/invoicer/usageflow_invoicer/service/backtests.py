"""Backtest a price on what customers have really used: the periods that were invoiced, rated again by it from the same windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.tokens import Caller
from usageflow_invoicer.catalogs import Metrics
from usageflow_invoicer.domain.lines import ByValue, used_values
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.domain.pricing.proration import Share, prorated_price
from usageflow_invoicer.domain.pricing.rating import AmountOutOfRange
from usageflow_invoicer.domain.rated_charges import rate_value, values_of
from usageflow_invoicer.domain.usage import NOTHING
from usageflow_invoicer.schemas.backtests import BacktestInput
from usageflow_invoicer.service.simulation import read_pricing
from usageflow_invoicer.store.invoices.billed import BilledFilter, BilledPeriod, billed_customers, billed_periods
from usageflow_invoicer.store.spans import Span, usage_of_spans

SPAN_MAX: Final = timedelta(days=400)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Backtested:
    """One customer, in minor units."""

    customer_id: str
    billed_minor: int
    simulated_minor: int


async def backtest(
    engine: AsyncEngine, caller: Caller, metrics: Metrics, wanted: BacktestInput, after: str | None
) -> tuple[list[Backtested], str]:
    """A page of customers by id, and the currency. ValidationFailed for a range that is none, or an amount that cannot be told."""
    if not timedelta() < wanted.to - wanted.from_ <= SPAN_MAX:
        raise ValidationFailed.of(FieldError("/to", "out_of_range", f"At most {SPAN_MAX.days} days behind from"))
    version = await read_pricing(engine, caller, metrics, wanted.pricing)
    billed = BilledFilter(version.currency, wanted.from_, wanted.to, wanted.customer_ids)
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        customers = await billed_customers(tx, caller.org_id, billed, after, wanted.limit)
        periods = await billed_periods(tx, caller.org_id, billed, customers)
        spans = [
            Span(
                each.customer_id,
                charge.metric_id,
                charge.aggregation,
                each.start_at,
                each.end_at,
                charge.matrix.property if charge.matrix else None,
            )
            for each in periods
            for charge in version.charges
        ]
        usages = await usage_of_spans(tx, caller.org_id, spans)
    charges = len(version.charges)
    used = [usages[number * charges : (number + 1) * charges] for number in range(len(periods))]
    return _by_customer(version, customers, list(zip(periods, used, strict=True))), version.currency


def _by_customer(
    version: PlanVersion, customers: Sequence[str], periods: Sequence[tuple[BilledPeriod, Sequence[ByValue]]]
) -> list[Backtested]:
    sums = dict.fromkeys(customers, (0, 0))
    try:
        for each, used in periods:
            billed, simulated = sums[each.customer_id]
            sums[each.customer_id] = (billed + each.billed_minor, simulated + _simulate(version, each, used))
    except AmountOutOfRange as error:
        field = FieldError("/pricing", "out_of_range", f"{error} minor units cannot be told exactly")
        raise ValidationFailed.of(field) from error
    return [Backtested(customer_id, *found) for customer_id, found in sums.items()]


def _simulate(version: PlanVersion, period: BilledPeriod, used: Sequence[ByValue]) -> int:
    """A period that was cut short is rated by its part of the whole one, as its invoice was."""
    share = Share((period.end_at - period.start_at) // _SECOND, period.full_seconds)
    base = prorated_price(version.base_price, share, version.currency) if version.base_price else 0
    rated = (
        rate_value(charge, value, usage.get(value, NOTHING).quantity, share, version.currency).amount_minor
        for charge, usage in zip(version.charges, used, strict=True)
        for value in values_of(charge, used_values(usage))
    )
    return base + sum(rated)
