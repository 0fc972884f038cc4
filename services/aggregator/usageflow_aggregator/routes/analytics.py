"""GET /api/analytics/events, and the aggregator's part of the summary."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_aggregator.routes.callers import Parts, UsageReader
from usageflow_aggregator.service.summary import read_intake, read_today
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW, window_start
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.http.windows import RangeAnswer, RangeQuery, windows_of
from usageflow_common.wire import ExactDecimal, Instant, QueryModel, ResponseModel, TimeZone

router: Final = APIRouter(route_class=ExactRoute)
_METRICS_MAX: Final = 12


class EventsQuery(RangeQuery):
    """By the time of receipt. `from` and `to` move back to the beginning of their quarter hour, and forward to its end."""

    def quarter_hours(self) -> list[Span]:
        """The windows, between whole quarter hours."""
        end_at = window_start(self.to - timedelta.resolution) + WINDOW if self.to > self.from_ else self.to
        return windows_of(window_start(self.from_), end_at, self.window_size, ZoneInfo(self.time_zone))


class EventsReceived(ResponseModel):
    """A window of receipt: events counted, of these late (over an hour after their time), and repetitions of what was counted."""

    start: Instant
    end: Instant
    counted: int
    duplicates: int
    late: int


class EventsReceivedList(RangeAnswer):
    """By window; one in which nothing came has no row. `eventsPerSecond`: in the quarter hour that runs and the one before."""

    data: list[EventsReceived]
    events_per_second: ExactDecimal
    counted_through: Instant | None


class SummaryQuery(QueryModel):
    """The organization's zone where none is given."""

    time_zone: TimeZone | None = None


@router.get("/api/analytics/events", response_model=EventsReceivedList)
async def count_events(caller: UsageReader, parts: Parts, query: Annotated[EventsQuery, Query()]) -> Response:
    """Is my usage arriving: events received over time, repetitions and late ones told apart."""
    windows = query.quarter_hours()
    now = await parts.tenants.now(await parts.tenants.organization(caller.org_id))
    intake = await read_intake(parts.engine, caller.org_id, windows, now)
    data = [
        EventsReceived(
            start=windows[each.place].start_at,
            end=windows[each.place].end_at,
            counted=each.counted,
            duplicates=each.duplicates,
            late=each.late,
        )
        for each in intake.windows
    ]
    answered = query.answered() | {"from_": windows[0].start_at, "to": windows[-1].end_at}
    body = EventsReceivedList(
        **answered, data=data, events_per_second=intake.per_second, counted_through=intake.counted_through
    )
    return json_response(body)


class MetricToday(ResponseModel):
    """A metric's value since midnight, and yesterday's at this time of day; null where there is none."""

    metric: str
    value: ExactDecimal | None
    yesterday_same_time: ExactDecimal | None


class EventsToday(ResponseModel):
    """Events received since midnight and counted."""

    counted: int
    counted_through: Instant | None


class TodayAnswer(ResponseModel):
    """The aggregator's part of the summary."""

    usage_today: list[MetricToday]
    events_today: EventsToday


@router.get("/internal/summary", include_in_schema=False)
async def get_summary(caller: UsageReader, parts: Parts, query: Annotated[SummaryQuery, Query()]) -> TodayAnswer:
    """Today so far, of the first metrics by their codes."""
    organization = await parts.tenants.organization(caller.org_id)
    zone = ZoneInfo(query.time_zone or organization.time_zone)
    metrics = parts.tenants.active_metrics(caller.org_id)[:_METRICS_MAX]
    now = await parts.tenants.now(organization)
    today = await read_today(parts.engine, parts.digest_key, caller.org_id, metrics, now=now, zone=zone)
    return TodayAnswer(
        usage_today=[
            MetricToday(metric=each.code, value=each.value, yesterday_same_time=each.yesterday)
            for each in today.metrics
        ],
        events_today=EventsToday(counted=today.received.counted, counted_through=today.counted_through),
    )
