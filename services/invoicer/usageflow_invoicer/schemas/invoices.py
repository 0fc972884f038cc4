"""Invoices and their lines as the API and the webhooks show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from usageflow_common.ids import Prefix
from usageflow_common.wire import ExactDecimal, Instant, MoneyModel, PlainDecimal, ResponseModel, public
from usageflow_invoicer.domain.lines import Line
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Group
from usageflow_invoicer.domain.pricing.documents import step_document
from usageflow_invoicer.domain.usage import digest_text
from usageflow_invoicer.schemas.simulations import StepBody
from usageflow_invoicer.store.invoices.reading import StoredInvoice


class SpanBody(ResponseModel):
    """Half-open."""

    start: Instant
    end: Instant


class AdjustsBody(ResponseModel):
    """The line that an adjustment corrects. A value of a matrix that was new had none: then `lineId` is what it would have been."""

    invoice_id: Annotated[UUID, public(Prefix.INVOICE)]
    line_id: Annotated[UUID, public(Prefix.LINE)]
    rerated_total: MoneyModel
    billed_total: MoneyModel


class ProrationBody(ResponseModel):
    """The part of a whole period that a line bills, in seconds; `offset` of them lie before it."""

    numerator: int
    denominator: int
    offset: int


class LineBody(ResponseModel):
    """A line; the members from `chargeId` to `digest` are null on lines that bill no usage.

    With a matrix `group` names the value that the line bills: "" where events had none, `__other__` beyond the limit of groups.
    """

    id: Annotated[UUID, public(Prefix.LINE)]
    kind: str
    description: str
    charge_id: Annotated[UUID, public(Prefix.CHARGE)] | None = None
    metric: str | None = None
    model: str | None = None
    plan_id: Annotated[UUID, public(Prefix.PLAN)] | None = None
    plan_version: int | None = None
    group: dict[str, str] | None = None
    quantity: ExactDecimal | None = None
    included_units: ExactDecimal | None = None
    billable_units: ExactDecimal | None = None
    steps: list[StepBody] | None = None
    unrounded: PlainDecimal | None = None
    amount: MoneyModel
    period: SpanBody
    proration: ProrationBody | None = None
    event_count: int | None = None
    digest: str | None = None
    adjusts: AdjustsBody | None = None


class EvidenceBody(ResponseModel):
    """What the invoice rests on."""

    billing_run_id: Annotated[UUID, public(Prefix.BILLING_RUN)]
    markers: dict[str, int]
    cut: dict[str, int]
    previous_hash: str
    hash: str


class InvoiceSummary(ResponseModel):
    """An invoice without lines and evidence. Number and dates are null until Kafka has its record."""

    id: Annotated[UUID, public(Prefix.INVOICE)]
    number: str | None
    sequence: int | None
    status: str
    customer_id: str
    line_count: int
    issuer: dict[str, Any]
    customer: dict[str, Any] | None
    subscription_id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    plan_code: str
    plan_version: int
    period: SpanBody
    currency: str
    total: MoneyModel
    amount_paid: MoneyModel
    amount_credited: MoneyModel
    amount_due: MoneyModel
    issued_at: Instant | None
    due_at: Instant | None
    paid_at: Instant | None
    voided_at: Instant | None
    created_at: Instant
    version: int


class InvoiceBody(InvoiceSummary):
    """An invoice, whole."""

    evidence: EvidenceBody | None
    lines: list[LineBody]


class InvoiceList(ResponseModel):
    """A page of invoices."""

    data: list[InvoiceSummary]
    next_cursor: str | None


class LineList(ResponseModel):
    """All lines of an invoice."""

    data: list[LineBody]
    next_cursor: str | None


LINES_SHOWN_MAX = 500


def invoice_summary(stored: StoredInvoice) -> InvoiceSummary:
    """The public shape without lines and evidence: what lists and webhooks carry."""
    return InvoiceSummary(**_summary_fields(stored))


def invoice_body(stored: StoredInvoice) -> InvoiceBody:
    """The public shape, whole."""
    invoice = stored.invoice
    evidence = EvidenceBody(
        billing_run_id=invoice.proof.run_id,
        markers=_vector(invoice.proof.markers),
        cut=_vector(invoice.proof.cut),
        previous_hash=invoice.proof.previous_hash,
        hash=stored.stored_hash,
    )
    return InvoiceBody(
        **_summary_fields(stored),
        evidence=evidence if stored.relayed else None,
        lines=line_bodies(invoice.lines[:LINES_SHOWN_MAX], invoice.currency),
    )


def line_bodies(lines: Sequence[Line], currency: str) -> list[LineBody]:
    """The public shape of lines."""
    return [_line_body(line, currency) for line in lines]


def _summary_fields(stored: StoredInvoice) -> dict[str, Any]:
    invoice, balance, shown = stored.invoice, stored.balance, stored.relayed

    def money(amount_minor: int) -> MoneyModel:
        return MoneyModel(amount_minor=amount_minor, currency=invoice.currency)

    def once_relayed(at: datetime | None) -> datetime | None:
        return at if shown else None

    due = stored.stored_total_minor - balance.paid_minor - balance.credited_minor
    return {
        "id": invoice.invoice_id,
        "number": invoice.number if shown else None,
        "sequence": invoice.sequence if shown else None,
        "status": balance.status if shown else "draft",
        "customer_id": invoice.customer_id,
        "line_count": stored.line_count,
        "issuer": dict(invoice.issuer),
        "customer": dict(stored.customer_block) if stored.customer_block is not None else None,
        "subscription_id": invoice.subscription_id,
        "plan_code": invoice.plan_code,
        "plan_version": invoice.plan_version,
        "period": span_body(invoice.period),
        "currency": invoice.currency,
        "total": money(stored.stored_total_minor),
        "amount_paid": money(balance.paid_minor),
        "amount_credited": money(balance.credited_minor),
        "amount_due": money(due),
        "issued_at": once_relayed(invoice.issued_at),
        "due_at": once_relayed(invoice.due_at),
        "paid_at": once_relayed(balance.paid_at),
        "voided_at": balance.voided_at,
        "created_at": invoice.issued_at,
        "version": balance.version,
    }


def _line_body(line: Line, currency: str) -> LineBody:
    fields: dict[str, Any] = {}
    if line.evidence is not None:
        evidence = line.evidence
        fields = {
            "charge_id": evidence.charge_id,
            "metric": evidence.metric,
            "model": evidence.model,
            "group": group_body(evidence.group),
            "quantity": evidence.quantity,
            "included_units": evidence.included_units,
            "billable_units": evidence.billable_units,
            "steps": [StepBody.model_validate(step_document(step)) for step in evidence.steps],
            "unrounded": evidence.unrounded,
            "event_count": evidence.event_count,
            "digest": digest_text(evidence.digest),
        }
    if line.adjusts is not None:
        fields["adjusts"] = AdjustsBody(
            invoice_id=line.adjusts.invoice_id,
            line_id=line.adjusts.line_id,
            rerated_total=MoneyModel(amount_minor=line.adjusts.rerated_minor, currency=currency),
            billed_total=MoneyModel(amount_minor=line.adjusts.billed_minor, currency=currency),
        )
    return LineBody(
        id=line.line_id,
        kind=line.kind,
        description=line.description,
        amount=MoneyModel(amount_minor=line.amount_minor, currency=currency),
        period=span_body(line.period),
        plan_id=line.plan.plan_id if line.plan else None,
        plan_version=line.plan.number if line.plan else None,
        proration=None
        if line.share.whole
        else ProrationBody(
            numerator=line.share.numerator, denominator=line.share.denominator, offset=line.share.offset
        ),
        **fields,
    )


def group_body(group: Group | None) -> dict[str, str] | None:
    """The value of a matrix's key."""
    return None if group is None else {group.property: group.value}


def span_body(period: Period) -> SpanBody:
    """A period, half-open."""
    return SpanBody(start=period.start_at, end=period.end_at)


def _vector(offsets: Mapping[int, int]) -> dict[str, int]:
    return {str(partition): offset for partition, offset in sorted(offsets.items())}
