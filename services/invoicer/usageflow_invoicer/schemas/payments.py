"""Payments as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, MoneyInput, MoneyModel, RequestModel, ResponseModel, public
from usageflow_invoicer.store.payments import Payment


def _supported(value: str) -> str:
    if value != "succeeded":
        raise PydanticCustomError("invalid_value", "This version records succeeded payments only")
    return value


class PaymentCreate(RequestModel):
    """A payment that came in outside; parts are allowed."""

    status: Annotated[Literal["succeeded", "failed"], AfterValidator(_supported)]
    amount: MoneyInput
    reference: Annotated[str, Field(min_length=1, max_length=128)]
    method: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    paid_at: Instant | None = None


class PaymentBody(ResponseModel):
    """A payment."""

    id: Annotated[UUID, public(Prefix.PAYMENT)]
    invoice_id: Annotated[UUID, public(Prefix.INVOICE)]
    customer_id: str
    status: str
    amount: MoneyModel
    method: str | None
    reference: str
    failure_code: None
    provider: str
    paid_at: Instant
    created_at: Instant


def payment_body(payment: Payment) -> PaymentBody:
    """The public shape of a payment."""
    return PaymentBody(
        id=payment.payment_id,
        invoice_id=payment.invoice_id,
        customer_id=payment.customer_id,
        status="succeeded",
        amount=MoneyModel(amount_minor=payment.amount_minor, currency=payment.currency),
        method=payment.method,
        reference=payment.reference,
        failure_code=None,
        provider="manual",
        paid_at=payment.paid_at,
        created_at=payment.created_at,
    )
