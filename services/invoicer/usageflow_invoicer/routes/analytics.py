"""/api/analytics/revenue, /mrr and /top-customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from usageflow_common.clock import WINDOW, window_start
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.money import EXACT
from usageflow_common.tokens import Caller
from usageflow_common.wire import Currency, ExactDecimal, Instant, MoneyModel, QueryModel, ResponseModel, TimeZone
from usageflow_invoicer.domain.recurring import Month, Moves, months_over
from usageflow_invoicer.routes.parts import Invoicer, InvoiceReader, Parts, UsageInvoiceReader
from usageflow_invoicer.service import analytics as service
from usageflow_invoicer.store.analytics import Revenue, Top

router: Final = APIRouter(route_class=ExactRoute)
MONTHS_MAX: Final = 36
_MONTHS: Final = 12
_SPAN_MAX: Final = timedelta(days=400)
_SHARE_PLACES: Final = Decimal("0.00000001")
_NOTHING: Final = Moves()
T = TypeVar("T")


class MonthsQuery(QueryModel):
    """The civil months that hold an instant between `from` and `to`; this one and eleven before it by default, in the organization's zone."""

    from_: Annotated[Instant | None, Query(alias="from")] = None
    to: Instant | None = None
    interval: Literal["month"] = "month"
    time_zone: TimeZone | None = None
    currency: Currency | None = None


class TopQuery(QueryModel):
    """`revenue` is in minor units of `currency` (the organization's by default); `usage` of a COUNT or SUM metric, whose windows add up."""

    from_: Annotated[Instant, Query(alias="from")]
    to: Instant
    by: Literal["revenue", "usage"] = "revenue"
    metric: Annotated[str | None, Field(max_length=64)] = None
    currency: Currency | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class RevenueMonth(ResponseModel):
    """A month in a currency. Invoices count when they are issued, unless they were voided; `base` and `usage` are parts of `invoiced`."""

    start: Instant
    end: Instant
    invoiced: MoneyModel
    paid: MoneyModel
    credited: MoneyModel
    base: MoneyModel
    usage: MoneyModel


class RevenueList(ResponseModel):
    """By currency and month; each currency has every month."""

    time_zone: str
    data: list[RevenueMonth]
    next_cursor: None = None


class RecurringMonth(ResponseModel):
    """What recurs at the end of a month (or now), and what moved it since the month before: new + expansion − contraction − churned."""

    start: Instant
    end: Instant
    mrr: MoneyModel
    new: MoneyModel
    expansion: MoneyModel
    contraction: MoneyModel
    churned: MoneyModel


class RecurringList(ResponseModel):
    """By currency and month; each currency has every month."""

    time_zone: str
    data: list[RecurringMonth]
    next_cursor: None = None


class TopCustomer(ResponseModel):
    """`value`: minor units of the currency, or the metric's quantity; `share` of that of all customers, null where it is not above 0."""

    customer_id: str
    name: str | None
    value: ExactDecimal
    share: ExactDecimal | None


class TopList(ResponseModel):
    """The largest first. `total` is that of all customers."""

    currency: str | None
    metric: str | None
    total: ExactDecimal
    data: list[TopCustomer]
    next_cursor: None = None


@router.get("/api/analytics/revenue", response_model=RevenueList)
async def get_revenue(caller: InvoiceReader, parts: Parts, query: Annotated[MonthsQuery, Query()]) -> Response:
    """Invoiced, paid and credited, month by month."""
    zone, months = await _asked(caller, parts, query)
    found = {
        (row.currency, row.month): row
        for row in await service.revenue(parts.engine, caller.org_id, months)
        if query.currency in (None, row.currency)
    }

    def shown(currency: str, index: int, month: Month) -> RevenueMonth:
        row = found.get((currency, index), Revenue(index, currency, 0, 0, 0, 0, 0))
        amounts = {
            name: _money(getattr(row, name), currency) for name in RevenueMonth.model_fields if hasattr(row, name)
        }
        return RevenueMonth(start=month.start_at, end=month.end_at, **amounts)

    data = _each(sorted({currency for currency, _ in found}), months, shown)
    return json_response(RevenueList(time_zone=zone, data=data))


@router.get("/api/analytics/mrr", response_model=RecurringList)
async def get_mrr(caller: InvoiceReader, parts: Parts, query: Annotated[MonthsQuery, Query()]) -> Response:
    """Base prices brought to a month, usage excluded."""
    zone, months = await _asked(caller, parts, query)
    found = await service.recurring(parts.engine, caller.org_id, months, parts.clock.now(caller.org_id))

    def shown(currency: str, index: int, month: Month) -> RecurringMonth:
        moved: Mapping[str, Moves] = found[index]
        row = moved.get(currency, _NOTHING)
        amounts = {
            name: _money(getattr(row, name), currency) for name in RecurringMonth.model_fields if hasattr(row, name)
        }
        return RecurringMonth(start=month.start_at, end=month.end_at, **amounts)

    currencies = {currency for moved in found for currency in moved if query.currency in (None, currency)}
    return json_response(RecurringList(time_zone=zone, data=_each(sorted(currencies), months, shown)))


@router.get("/api/analytics/top-customers", response_model=TopList)
async def get_top_customers(caller: UsageInvoiceReader, parts: Parts, query: Annotated[TopQuery, Query()]) -> Response:
    """Who brings most, and how much of the whole that is."""
    span = (query.from_, query.to)
    if not timedelta() < span[1] - span[0] <= _SPAN_MAX:
        raise ValidationFailed.of(FieldError("query.to", "out_of_range", f"Up to {_SPAN_MAX.days} days behind from"))
    if query.by == "usage":
        return await _top_users(caller, parts, query)
    organization = await parts.organizations.get(caller.org_id)
    currency = query.currency or organization.default_currency
    rows = await service.top_customers(parts.engine, caller.org_id, span, currency, query.limit)
    return json_response(_top(rows, currency=currency, metric=None))


async def _top_users(caller: Caller, parts: Invoicer, query: TopQuery) -> Response:
    named = [each for each in parts.metrics.by_id(caller.org_id).values() if each.code == query.metric]
    if not named:
        code, words = (
            ("required", "Name a metric") if query.metric is None else ("reference_not_found", "No such metric")
        )
        raise ValidationFailed.of(FieldError("query.metric", code, words))
    [metric] = named
    if metric.aggregation not in ("COUNT", "SUM"):
        raise ValidationFailed.of(
            FieldError("query.metric", "not_permitted", "Its windows do not add up: ask /api/usage")
        )
    span = (window_start(query.from_), window_start(query.to))
    if span[1] - span[0] < WINDOW:
        raise ValidationFailed.of(FieldError("query.to", "out_of_range", "A quarter hour behind from at least"))
    events = metric.aggregation == "COUNT"
    found = await service.top_users(
        parts.engine, caller.org_id, span, metric.metric_id, events=events, limit=query.limit
    )
    return json_response(_top(found, currency=None, metric=metric.code))


async def _asked(caller: Caller, parts: Invoicer, query: MonthsQuery) -> tuple[str, list[Month]]:
    """The zone and the months. ValidationFailed for none or too many."""
    organization = await parts.organizations.get(caller.org_id)
    zone = query.time_zone or organization.time_zone
    now = parts.clock.now(caller.org_id)
    to = query.to or now + timedelta(microseconds=1)
    start = query.from_ or _months_before(to, zone)
    months = (
        months_over(start, to, ZoneInfo(zone)) if timedelta() < to - start <= timedelta(days=31 * MONTHS_MAX) else []
    )
    if not 0 < len(months) <= MONTHS_MAX:
        raise ValidationFailed.of(FieldError("query.to", "out_of_range", f"1 to {MONTHS_MAX} months behind from"))
    return zone, months


def _months_before(to: datetime, zone: str) -> datetime:
    """A moment of the first of twelve months."""
    [*months] = months_over(to - timedelta(days=31 * _MONTHS), to, ZoneInfo(zone))
    return months[-_MONTHS].start_at


def _each(currencies: Sequence[str], months: Sequence[Month], shown: Callable[[str, int, Month], T]) -> list[T]:
    return [shown(currency, index, month) for currency in currencies for index, month in enumerate(months)]


def _money(amount_minor: int, currency: str) -> MoneyModel:
    return MoneyModel(amount_minor=amount_minor, currency=currency)


def _top(rows: Sequence[Top], *, currency: str | None, metric: str | None) -> TopList:
    total = rows[0].total if rows else Decimal(0)
    data = [
        TopCustomer(
            customer_id=row.customer_id,
            name=row.name,
            value=row.value,
            share=EXACT.divide(row.value, total).quantize(_SHARE_PLACES) if total > 0 else None,
        )
        for row in rows
    ]
    return TopList(currency=currency, metric=metric, total=total, data=data)
