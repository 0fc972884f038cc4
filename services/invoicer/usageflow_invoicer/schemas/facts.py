"""What the facts of invoices and subscriptions tell: the `data` of webhooks. The published JSON schemas are made from these models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from usageflow_common.ids import Prefix
from usageflow_common.wire import ExactDecimal, Instant, MoneyModel, ResponseModel, public
from usageflow_invoicer.schemas.invoices import InvoiceSummary, SpanBody
from usageflow_invoicer.schemas.payments import PaymentBody
from usageflow_invoicer.schemas.subscriptions import SubscriptionBody
from usageflow_invoicer.schemas.thresholds import ThresholdBody

InvoiceId = Annotated[UUID, public(Prefix.INVOICE)]


class InvoiceCreated(ResponseModel):
    """An invoice was issued."""

    invoice: InvoiceSummary


class InvoicePaid(ResponseModel):
    """An invoice is paid in full; without a payment its total was 0, or a credit note settled it."""

    invoice: InvoiceSummary
    payment: PaymentBody | None


class DunningBody(ResponseModel):
    """How often a payment was asked for, when again, and when the subscription is suspended."""

    attempt: int
    next_attempt_at: Instant | None
    suspends_at: Instant


class InvoiceFailed(ResponseModel):
    """A payment failed, or the invoice is overdue."""

    invoice: InvoiceSummary
    payment: PaymentBody | None
    dunning: DunningBody


class InvoiceVoided(ResponseModel):
    """An invoice was voided."""

    invoice: InvoiceSummary
    reason: str


class SubscriptionCreated(ResponseModel):
    """A subscription began."""

    subscription: SubscriptionBody
    previous: dict[str, Any]


class SubscriptionUpdated(ResponseModel):
    """A subscription changed; `previous` holds what the changed members were."""

    subscription: SubscriptionBody
    previous: dict[str, Any]


class SubscriptionCanceled(ResponseModel):
    """A subscription ended."""

    subscription: SubscriptionBody
    reason: str


class SubscriptionSuspended(ResponseModel):
    """A subscription was paused, or is suspended because it is unpaid."""

    subscription: SubscriptionBody
    reason: Literal["paused", "payment_failed"]
    invoice_id: InvoiceId | None


class SubscriptionResumed(ResponseModel):
    """A suspended subscription is active again."""

    subscription: SubscriptionBody
    reason: Literal["resumed", "paid"]
    invoice_id: InvoiceId | None


class ThresholdReached(ResponseModel):
    """Usage of a period reached a threshold."""

    threshold: ThresholdBody
    customer_id: str
    subscription_id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    period: SpanBody
    quantity: ExactDecimal | None
    amount: MoneyModel


PAYLOADS: Final[Mapping[str, type[ResponseModel]]] = {
    "invoice.created": InvoiceCreated,
    "invoice.paid": InvoicePaid,
    "invoice.failed": InvoiceFailed,
    "invoice.voided": InvoiceVoided,
    "subscription.created": SubscriptionCreated,
    "subscription.updated": SubscriptionUpdated,
    "subscription.canceled": SubscriptionCanceled,
    "subscription.suspended": SubscriptionSuspended,
    "subscription.resumed": SubscriptionResumed,
    "usage.threshold_reached": ThresholdReached,
}
"""By the type of the fact."""
