"""GET /api/usage."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request

from usageflow_aggregator.domain.asking import Amount, Place, Rank, Row
from usageflow_aggregator.domain.comparison import change_since, previous_period
from usageflow_aggregator.domain.digest import value_salt
from usageflow_aggregator.routes.callers import Parts, UsageReader
from usageflow_aggregator.routes.parameters import ask, end_of_range
from usageflow_aggregator.schemas.usage import PreviousUsage, UsageAnswer, UsageQuery, UsageRow, UsageTotal
from usageflow_aggregator.service.usage import PageAsked, Part, read_usage
from usageflow_common.civil import Span
from usageflow_common.http import ExactRoute
from usageflow_common.http.windows import windows_of
from usageflow_common.money import decimal_text
from usageflow_common.ranges import instant_of_end
from usageflow_common.wire import PageRequest


class _UsageRoute(ExactRoute):
    """The names behind `group.` are those of the metric's keys."""

    open_prefixes: ClassVar[tuple[str, ...]] = ("group.",)


router: Final = APIRouter(route_class=_UsageRoute)


@router.get("/api/usage")
async def get_usage(
    query: Annotated[UsageQuery, Query()], request: Request, caller: UsageReader, parts: Parts
) -> UsageAnswer:
    """How much of a metric was used in a range, exact at any boundary, from one snapshot."""
    ends = end_of_range("from", query.from_), end_of_range("to", query.to)
    metric = await parts.tenants.metric_of_code(caller.org_id, query.metric)
    asked = ask(metric, query, request.query_params, value_salt(parts.digest_key, caller.org_id))
    zone = ZoneInfo(query.time_zone) if query.time_zone else await parts.tenants.time_zone(caller.org_id)
    span = Span(instant_of_end(ends[0], zone), instant_of_end(ends[1], zone))
    windows = windows_of(span.start_at, span.end_at, query.window_size, zone)
    previous_span = previous_period(span, zone) if query.compare else None
    before = (
        windows_of(previous_span.start_at, previous_span.end_at, query.window_size, zone) if previous_span else None
    )
    filters = {
        **query.model_dump(exclude={"cursor", "limit"}, mode="json"),
        "timeZone": zone.key,
        "groups": {key: list(values) for key, values in asked.group_filters.items()},
    }
    page = parts.cursors.read(query.cursor, query.limit, filters)
    usage = await read_usage(parts.engine, caller.org_id, asked, windows, previous=before, page=_page(page, query))
    previous = usage.previous
    position = None if usage.next_after is None else _position(usage.next_after)
    return UsageAnswer(
        metric=query.metric,
        aggregation=asked.aggregation,
        from_=span.start_at,
        to=span.end_at,
        window_size=query.window_size,
        time_zone=zone.key,
        group_by=list(asked.dimensions),
        data=[_row(row) for row in usage.present.rows],
        total=_total(usage.present.total),
        previous=_previous(before, previous) if before and previous else None,
        change=change_since(previous.total.value, usage.present.total.value) if previous else None,
        counted_through=usage.counted_through,
        next_cursor=parts.cursors.next(usage.present.rows, page, position, filters),
    )


def _page(page: PageRequest, query: UsageQuery) -> PageAsked:
    by_value = query.order == "-value"
    after: Place | Rank | None = None
    if page.after is not None:
        first, *group = page.after
        rank = Decimal(first) if first and by_value else None
        after = Rank(rank, tuple(group)) if by_value else Place(int(first), tuple(group))
    return PageAsked(page.limit, by_value, after)


def _position(after: Place | Rank) -> list[str]:
    match after:
        case Place(ordinal=ordinal, group=group):
            return [str(ordinal), *group]
        case Rank(value=value, group=group):
            return ["" if value is None else decimal_text(value), *group]


def _previous(windows: list[Span], part: Part) -> PreviousUsage:
    return PreviousUsage(
        from_=windows[0].start_at,
        to=windows[-1].end_at,
        data=[_row(row) for row in part.rows],
        total=_total(part.total),
    )


def _row(row: Row) -> UsageRow:
    return UsageRow(
        window_start=row.span.start_at,
        window_end=row.span.end_at,
        group=dict(row.group),
        value=row.amount.value,
        event_count=row.amount.event_count,
    )


def _total(amount: Amount) -> UsageTotal:
    return UsageTotal(value=amount.value, event_count=amount.event_count)
