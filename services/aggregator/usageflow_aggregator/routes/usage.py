"""GET /api/usage."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date, datetime
from typing import Annotated, Final, assert_never
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from usageflow_aggregator.domain.civil import Span
from usageflow_aggregator.domain.ranges import OutOfBounds, TooLarge, instant_of_end, plan_windows
from usageflow_aggregator.routes.callers import Parts, UsageReader
from usageflow_aggregator.schemas import UsageAnswer, UsageQuery, UsageTotal, UsageWindow, instant_of
from usageflow_aggregator.service.usage import Amount, read_usage
from usageflow_common.clock import instant_text
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute
from usageflow_common.money import decimal_text
from usageflow_common.wire import is_customer_id, parse_instant

router: Final = APIRouter(route_class=ExactRoute)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@router.get("/api/usage")
async def get_usage(query: Annotated[UsageQuery, Query()], caller: UsageReader, parts: Parts) -> UsageAnswer:
    """How much of a metric was used in a range, exact at any boundary, from one snapshot."""
    _refuse_what_is_not_there(query)
    customer_ids = _customers(query.customer_id)
    ends = _end("from", query.from_), _end("to", query.to)
    metric = await parts.tenants.metric_of_code(caller.org_id, query.metric)
    zone = ZoneInfo(query.time_zone) if query.time_zone else await parts.tenants.time_zone(caller.org_id)
    windows = _windows(query, ends, zone)
    filters = query.model_dump(exclude={"cursor", "limit"}, mode="json")
    page = parts.cursors.read(query.cursor, query.limit, filters)
    usage = await read_usage(parts.engine, caller.org_id, metric, customer_ids, windows)
    first = bisect_right([window.start_at for window in windows], instant_of(page.after[0])) if page.after else 0
    rows = list(zip(windows, usage.windows, strict=True))[first : first + page.limit]
    more = first + len(rows) < len(windows)
    return UsageAnswer(
        metric=query.metric,
        aggregation=metric.record.aggregation,
        from_=windows[0].start_at,
        to=windows[-1].end_at,
        window_size=query.window_size,
        time_zone=zone.key,
        data=[_row(span, amount) for span, amount in rows],
        total=UsageTotal(value=decimal_text(usage.total.value), event_count=usage.total.event_count),
        counted_through=usage.counted_through,
        next_cursor=parts.cursors.next(rows, page, [instant_text(rows[-1][0].start_at)] if more else None, filters),
    )


def _windows(query: UsageQuery, ends: tuple[datetime | date, datetime | date], zone: ZoneInfo) -> list[Span]:
    start_at, end_at = (instant_of_end(end, zone) for end in ends)
    planned = plan_windows(start_at, end_at, query.window_size, zone)
    match planned:
        case list():
            return planned
        case OutOfBounds(field=field, detail=detail):
            raise ValidationFailed.of(FieldError(f"query.{field}", "out_of_range", detail))
        case TooLarge():
            raise ValidationFailed("At most 400 days and 10,000 windows.", code="range_too_large")
        case _:
            assert_never(planned)


def _row(span: Span, amount: Amount) -> UsageWindow:
    return UsageWindow(
        window_start=span.start_at,
        window_end=span.end_at,
        value=decimal_text(amount.value),
        event_count=amount.event_count,
    )


def _end(field: str, text: str) -> datetime | date:
    instant = parse_instant(text)
    if instant is not None:
        return instant
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    error = FieldError(f"query.{field}", "invalid_value", "An instant like 2026-03-01T00:00:00Z, or a date")
    raise ValidationFailed.of(error)


def _customers(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    customer_ids = tuple(dict.fromkeys(text.split(",")))
    if not all(is_customer_id(customer_id) for customer_id in customer_ids):
        raise ValidationFailed.of(FieldError("query.customerId", "invalid_value", "Customer ids, separated by commas"))
    return customer_ids


def _refuse_what_is_not_there(query: UsageQuery) -> None:
    errors = [
        FieldError(f"query.{name}", "invalid_value", "Is not available on this version")
        for name, asked in (
            ("groupBy", bool(query.group_by)),
            ("compare", bool(query.compare)),
            ("order", query.order not in {None, "window"}),
        )
        if asked
    ]
    if errors:
        raise ValidationFailed.of(*errors)
