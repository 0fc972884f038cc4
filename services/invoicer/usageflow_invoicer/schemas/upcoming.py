"""Invoices that are none yet, as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from usageflow_common.ids import Prefix
from usageflow_common.wire import ExactDecimal, Instant, MoneyModel, ResponseModel, public
from usageflow_invoicer.schemas.invoices import (
    LINES_SHOWN_MAX,
    InvoiceBody,
    InvoiceSummary,
    LineBody,
    SpanBody,
    group_body,
    line_bodies,
    span_body,
)
from usageflow_invoicer.service.drafts import Draft
from usageflow_invoicer.service.upcoming import Preview, Upcoming


class UpcomingBody(ResponseModel):
    """The invoice of a running period by what is counted so far. It has no id and no number."""

    id: None
    status: str
    customer_id: str
    subscription_id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    plan_code: str
    plan_version: int
    period: SpanBody
    currency: str
    total: MoneyModel
    line_count: int
    lines: list[LineBody]


class UpcomingList(ResponseModel):
    """One for each live subscription."""

    data: list[UpcomingBody]


class PreviewBody(ResponseModel):
    """What a change of plan at `at` makes of the period it falls into; `nextPeriodTotal` is a whole period without usage."""

    at: Instant
    lines: list[LineBody]
    total: MoneyModel
    next_period_total: MoneyModel


class RunningChargeBody(ResponseModel):
    """What a charge has counted in the running period, and what that costs."""

    charge_id: Annotated[UUID, public(Prefix.CHARGE)]
    metric: str
    group: dict[str, str] | None
    quantity: ExactDecimal
    included_units: ExactDecimal
    amount: MoneyModel


class RunningUsageBody(ResponseModel):
    """The running period of one subscription. Whatever was accepted before `countedThrough` is in it; null as long as that is unknown."""

    subscription_id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    period: SpanBody
    charges: list[RunningChargeBody]
    total: MoneyModel
    counted_through: Instant | None


class RunningUsageList(ResponseModel):
    """One for each live subscription."""

    data: list[RunningUsageBody]


def upcoming_body(upcoming: Upcoming) -> UpcomingBody:
    """The public shape of an invoice that is none yet."""
    plan = upcoming.bill.plan
    return UpcomingBody(
        id=None,
        status="draft",
        customer_id=upcoming.customer_id,
        subscription_id=upcoming.subscription_id,
        plan_code=plan.code,
        plan_version=plan.number,
        period=span_body(upcoming.bill.period),
        currency=plan.currency,
        total=_money(upcoming, upcoming.total_minor),
        line_count=len(upcoming.lines),
        lines=line_bodies(upcoming.lines, plan.currency),
    )


def draft_summary(draft: Draft, issuer: Mapping[str, Any]) -> InvoiceSummary:
    """A draft as lists show it: what an invoice has only once it is issued is null."""
    return InvoiceSummary(**_draft_fields(draft, issuer))


def draft_body(draft: Draft, issuer: Mapping[str, Any]) -> InvoiceBody:
    """A draft, whole."""
    upcoming = draft.upcoming
    lines = line_bodies(upcoming.lines[:LINES_SHOWN_MAX], upcoming.bill.plan.currency)
    return InvoiceBody(**_draft_fields(draft, issuer), evidence=None, lines=lines)


def _draft_fields(draft: Draft, issuer: Mapping[str, Any]) -> dict[str, Any]:
    upcoming, plan = draft.upcoming, draft.upcoming.bill.plan
    return {
        "id": draft.period.period_id,
        "number": None,
        "sequence": None,
        "status": "draft",
        "customer_id": upcoming.customer_id,
        "line_count": len(upcoming.lines),
        "issuer": dict(issuer),
        "customer": None,
        "subscription_id": upcoming.subscription_id,
        "plan_code": plan.code,
        "plan_version": plan.number,
        "period": span_body(upcoming.bill.period),
        "currency": plan.currency,
        "total": _money(upcoming, upcoming.total_minor),
        "amount_paid": _money(upcoming, 0),
        "amount_credited": _money(upcoming, 0),
        "amount_due": _money(upcoming, upcoming.total_minor),
        "issued_at": None,
        "due_at": None,
        "paid_at": None,
        "voided_at": None,
        "created_at": draft.period.end_at,
        "version": 1,
    }


def preview_body(preview: Preview) -> PreviewBody:
    """The public shape of a preview."""
    upcoming = preview.upcoming
    return PreviewBody(
        at=preview.at,
        lines=line_bodies(upcoming.lines, upcoming.bill.plan.currency),
        total=_money(upcoming, upcoming.total_minor),
        next_period_total=_money(upcoming, preview.next_period_minor),
    )


def running_body(upcoming: Upcoming, counted_through: datetime | None) -> RunningUsageBody:
    """The charges of a running period."""
    charges = [
        RunningChargeBody(
            charge_id=line.evidence.charge_id,
            metric=line.evidence.metric,
            group=group_body(line.evidence.group),
            quantity=line.evidence.quantity,
            included_units=line.evidence.included_units,
            amount=_money(upcoming, line.amount_minor),
        )
        for line in upcoming.lines
        if line.kind == "usage" and line.evidence is not None
    ]
    return RunningUsageBody(
        subscription_id=upcoming.subscription_id,
        period=span_body(upcoming.bill.period),
        charges=charges,
        total=_money(upcoming, upcoming.total_minor),
        counted_through=counted_through,
    )


def _money(upcoming: Upcoming, amount_minor: int) -> MoneyModel:
    return MoneyModel(amount_minor=amount_minor, currency=upcoming.bill.plan.currency)
