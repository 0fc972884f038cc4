"""Subscriptions as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import (
    CustomerId,
    CustomerIds,
    Instant,
    Metadata,
    RequestModel,
    ResponseModel,
    TimeZone,
    public,
)
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.store.changes import StoredChange
from usageflow_invoicer.store.subscriptions import Subscription, SubscriptionStatus

VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class SubscriptionCreate(RequestModel):
    """A customer takes a plan: its latest version unless one is named, from now on unless `startAt` says otherwise.

    Periods are computed from the anchor: the start, or the end of the trial, unless `anchorAt` names another instant.
    """

    customer_id: CustomerId
    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    plan_version: VersionNumber | None = None
    start_at: Instant | None = None
    anchor_at: Instant | None = None
    time_zone: TimeZone | None = None
    trial_days: Annotated[int, Field(ge=0, le=730)] | None = None
    metadata: Metadata | None = None


class SubscriptionPatch(RequestModel):
    """What may change of a subscription at any time."""

    metadata: Metadata | None = None


class ChangeInput(RequestModel):
    """Another plan, now or at the end of the running period. `at` of a preview, at most an hour old, makes it exactly what was shown."""

    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    plan_version: VersionNumber | None = None
    effective: Literal["now", "period_end"]
    at: Instant | None = None


class PauseInput(RequestModel):
    """A pause, until `resumeAt` or until it is lifted."""

    resume_at: Instant | None = None


class CancelInput(RequestModel):
    """`at`: `now`, `period_end`, or a time that lies ahead."""

    at: Literal["now", "period_end"] | Instant
    reason: Annotated[str, Field(max_length=500)] | None = None


class SubscriptionQuery(ListQuery):
    """Filters of the list. `customerId` is a comma list; `cancelAtFrom` and `cancelAtTo` find those that will be canceled in that range."""

    customer_id: CustomerIds | None = None
    plan_id: Annotated[UUID, public(Prefix.PLAN)] | None = None
    status: SubscriptionStatus | None = None
    cancel_at_from: Instant | None = None
    cancel_at_to: Instant | None = None


class PeriodBody(ResponseModel):
    """Half-open."""

    index: int
    start: Instant
    end: Instant


class SuspensionBody(ResponseModel):
    """Why and since when; `resumeAt` when a pause ends by itself."""

    reason: Literal["paused", "payment_failed"]
    since: Instant
    resume_at: Instant | None


class ScheduledChangeBody(ResponseModel):
    """A change that waits for its time."""

    id: Annotated[UUID, public(Prefix.SUBSCRIPTION_CHANGE)]
    kind: Literal["change_plan", "pause", "resume", "cancel"]
    at: Instant
    plan_id: Annotated[UUID, public(Prefix.PLAN)] | None
    plan_version: int | None


class ChangeBody(ScheduledChangeBody):
    """A change, whatever has become of it."""

    status: Literal["scheduled", "applied", "dropped"]
    reason: str | None
    created_at: Instant
    ended_at: Instant | None


class ChangeList(ResponseModel):
    """A page of changes."""

    data: list[ChangeBody]
    next_cursor: str | None


class SubscriptionBody(ResponseModel):
    """A subscription with its newest period."""

    id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    customer_id: str
    plan_id: Annotated[UUID, public(Prefix.PLAN)]
    plan_code: str
    plan_version: int
    status: SubscriptionStatus
    suspension: SuspensionBody | None
    time_zone: str
    start_at: Instant
    anchor_at: Instant
    current_period: PeriodBody
    trial_end_at: Instant | None
    cancel_at: Instant | None
    canceled_at: Instant | None
    scheduled_changes: list[ScheduledChangeBody]
    metadata: dict[str, str]
    created_at: Instant
    version: int


class SubscriptionList(ResponseModel):
    """A page of subscriptions."""

    data: list[SubscriptionBody]
    next_cursor: str | None


def subscription_body(subscription: Subscription) -> SubscriptionBody:
    """The public shape of a subscription."""
    period, suspension = subscription.current_period, subscription.suspension
    ends = {change.kind: change.at for change in reversed(subscription.changes)}
    return SubscriptionBody(
        id=subscription.subscription_id,
        customer_id=subscription.customer_id,
        plan_id=subscription.plan_id,
        plan_code=subscription.plan_code,
        plan_version=subscription.plan_version,
        status=subscription.status,
        suspension=SuspensionBody(
            reason=suspension.reason,
            since=suspension.since,
            resume_at=ends.get("resume") if suspension.reason == "paused" else None,
        )
        if suspension
        else None,
        time_zone=subscription.time_zone,
        start_at=subscription.start_at,
        anchor_at=subscription.anchor_at,
        current_period=PeriodBody(index=period.index, start=period.start_at, end=period.end_at),
        trial_end_at=subscription.trial_end_at,
        cancel_at=ends.get("cancel"),
        canceled_at=subscription.canceled_at,
        scheduled_changes=[scheduled_body(change) for change in subscription.changes],
        metadata=dict(subscription.metadata),
        created_at=subscription.created_at,
        version=subscription.version,
    )


def scheduled_body(change: StoredChange) -> ScheduledChangeBody:
    """The public shape of a change that waits."""
    return ScheduledChangeBody(
        id=change.change_id,
        kind=change.kind,
        at=change.at,
        plan_id=change.plan_id,
        plan_version=change.plan_version,
    )


def change_body(change: StoredChange) -> ChangeBody:
    """The public shape of a change."""
    return ChangeBody(
        id=change.change_id,
        kind=change.kind,
        at=change.at,
        plan_id=change.plan_id,
        plan_version=change.plan_version,
        status=change.status,
        reason=change.reason,
        created_at=change.created_at,
        ended_at=change.ended_at,
    )
