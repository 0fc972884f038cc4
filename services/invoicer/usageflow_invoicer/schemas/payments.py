"""Payments as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import CustomerId, Instant, MoneyInput, MoneyModel, RequestModel, ResponseModel, public
from usageflow_invoicer.domain.money import Standing
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.store.payments import Payment


class PaymentCreate(RequestModel):
    """A payment that came in outside, or failed to; parts are allowed."""

    status: Literal["succeeded", "failed"]
    amount: MoneyInput
    reference: Annotated[str, Field(min_length=1, max_length=128)]
    method: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    paid_at: Instant | None = None
    failure_code: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class PaymentQuery(ListQuery):
    """Filters of the list."""

    invoice_id: Annotated[UUID, public(Prefix.INVOICE)] | None = None
    customer_id: CustomerId | None = None
    status: Literal["pending", "succeeded", "failed"] | None = None
    reference: Annotated[str, Field(max_length=128)] | None = None


class PaymentBody(ResponseModel):
    """A payment."""

    id: Annotated[UUID, public(Prefix.PAYMENT)]
    invoice_id: Annotated[UUID, public(Prefix.INVOICE)]
    customer_id: str
    status: Literal["pending", "succeeded", "failed"]
    amount: MoneyModel
    method: str | None
    reference: str
    failure_code: str | None
    provider: str
    paid_at: Instant | None
    created_at: Instant


class DunningBody(ResponseModel):
    """A dunning that goes on. `attempts` have failed; `attemptsAt` are the further ones by the schedule, past ones included."""

    began_at: Instant
    attempts: int
    attempts_at: list[Instant]
    next_attempt_at: Instant | None
    suspends_at: Instant
    suspended_at: Instant | None


class CollectionBody(ResponseModel):
    """Whether the money of an invoice could be collected now (`obstacle` null), by whom, and where its dunning has come to."""

    provider: str | None
    obstacle: Literal["not_due", "under_way", "no_provider", "no_payment_method"] | None
    dunning: DunningBody | None


class PaymentList(ResponseModel):
    """A page of payments."""

    data: list[PaymentBody]
    next_cursor: str | None


def collection_body(standing: Standing, provider: str | None) -> CollectionBody:
    """The public shape of how it stands."""
    dunning = standing.dunning
    shown = dunning and DunningBody(
        began_at=dunning.began_at,
        attempts=dunning.attempt,
        attempts_at=list(standing.attempts_at),
        next_attempt_at=dunning.next_attempt_at,
        suspends_at=dunning.suspends_at,
        suspended_at=dunning.suspended_at,
    )
    return CollectionBody(provider=provider, obstacle=standing.obstacle, dunning=shown)


def payment_body(payment: Payment) -> PaymentBody:
    """The public shape of a payment."""
    return PaymentBody(
        id=payment.payment_id,
        invoice_id=payment.invoice_id,
        customer_id=payment.customer_id,
        status=payment.status,
        amount=MoneyModel(amount_minor=payment.amount_minor, currency=payment.currency),
        method=payment.method,
        reference=payment.reference,
        failure_code=payment.failure_code,
        provider=payment.provider,
        paid_at=payment.paid_at,
        created_at=payment.created_at,
    )
