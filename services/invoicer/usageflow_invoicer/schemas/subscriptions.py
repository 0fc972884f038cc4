"""Subscriptions as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import CustomerId, Instant, Metadata, RequestModel, ResponseModel, TimeZone, public
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.store.subscriptions import Subscription


class SubscriptionCreate(RequestModel):
    """A customer takes a plan: its latest version unless one is named, from now on unless `startAt` says otherwise."""

    customer_id: CustomerId
    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    plan_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    start_at: Instant | None = None
    time_zone: TimeZone | None = None
    trial_days: Annotated[int, Field(ge=0, le=0)] = 0
    metadata: Metadata | None = None


class SubscriptionQuery(ListQuery):
    """Filters of the list."""

    customer_id: CustomerId | None = None
    plan_id: Annotated[UUID, public(Prefix.PLAN)] | None = None


class PeriodBody(ResponseModel):
    """Half-open."""

    index: int
    start: Instant
    end: Instant


class SubscriptionBody(ResponseModel):
    """A subscription with its running period."""

    id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    customer_id: str
    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    plan_code: str
    plan_version: int
    status: str
    suspension: None
    time_zone: str
    start_at: Instant
    anchor_at: Instant
    current_period: PeriodBody
    trial_end_at: None
    cancel_at: None
    canceled_at: None
    scheduled_changes: list[Any]
    metadata: dict[str, str]
    created_at: Instant
    version: int


class SubscriptionList(ResponseModel):
    """A page of subscriptions."""

    data: list[SubscriptionBody]
    next_cursor: str | None


def subscription_body(subscription: Subscription) -> SubscriptionBody:
    """The public shape of a subscription."""
    period = subscription.current_period
    return SubscriptionBody(
        id=subscription.subscription_id,
        customer_id=subscription.customer_id,
        plan_id=subscription.plan_id,
        plan_code=subscription.plan_code,
        plan_version=subscription.plan_version,
        status=subscription.status,
        suspension=None,
        time_zone=subscription.time_zone,
        start_at=subscription.start_at,
        anchor_at=subscription.anchor_at,
        current_period=PeriodBody(index=period.index, start=period.start_at, end=period.end_at),
        trial_end_at=None,
        cancel_at=None,
        canceled_at=None,
        scheduled_changes=[],
        metadata=dict(subscription.metadata),
        created_at=subscription.created_at,
        version=subscription.version,
    )
