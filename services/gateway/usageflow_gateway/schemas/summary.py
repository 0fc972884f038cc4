"""The summary's shape: its parts are the services' own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from usageflow_common.wire import ExactDecimal, Instant, MoneyModel, ResponseModel


class MetricToday(ResponseModel):
    """A metric's value since midnight, and yesterday's at this time of day; null where there is none."""

    metric: str
    value: ExactDecimal | None
    yesterday_same_time: ExactDecimal | None


class EventsToday(ResponseModel):
    """Events received since midnight: counted and refused."""

    counted: int
    rejected: int | None
    counted_through: Instant | None


class Owed(ResponseModel):
    """Open invoices, how many of them are overdue, and what is due on all of them."""

    open: int
    overdue: int
    amount_due: list[MoneyModel]


class SubscriptionCounts(ResponseModel):
    """Subscriptions that go on, by state."""

    trialing: int
    active: int
    past_due: int
    suspended: int


class Deliveries24h(ResponseModel):
    """Attempts of the last 24 hours; `successRate` is null where there was none."""

    succeeded: int
    failed: int
    success_rate: ExactDecimal | None


class Summary(ResponseModel):
    """Null is what the caller may not see, or what a service named in `unavailable` could not tell."""

    as_of: Instant
    time_zone: str
    usage_today: list[MetricToday] | None
    events_today: EventsToday | None
    mrr: list[MoneyModel] | None
    revenue_this_month: list[MoneyModel] | None
    invoices: Owed | None
    subscriptions: SubscriptionCounts | None
    deliveries24h: Annotated[Deliveries24h | None, Field(alias="deliveries24h")]
    unavailable: list[str]
