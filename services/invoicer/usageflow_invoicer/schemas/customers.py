"""Customers as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from usageflow_common.wire import (
    AddressInput,
    CustomerId,
    Instant,
    Metadata,
    RequestModel,
    ResponseModel,
    Text,
    TimeZone,
)
from usageflow_invoicer.store.customers import Customer

Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class CustomerReplace(RequestModel):
    """Everything about a customer but its id. The time zone defaults to the organization's.

    `paymentMethod` is what the payment provider charges, as it names it; invoices of a customer without one wait for recorded payments.
    """

    name: Text | None = None
    email: Email | None = None
    address: AddressInput | None = None
    tax_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    time_zone: TimeZone | None = None
    payment_method: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    metadata: Metadata | None = None


class CustomerPatch(CustomerReplace):
    """What is to change of a customer; null takes it away. The id and the time of creation stay."""


class CustomerCreate(CustomerReplace):
    """A new customer."""

    customer_id: CustomerId


class CustomerBody(ResponseModel):
    """A customer."""

    customer_id: str
    name: str | None
    email: str | None
    address: dict[str, str | None] | None
    tax_id: str | None
    time_zone: str
    payment_method: str | None
    metadata: dict[str, str]
    created_at: Instant
    version: int


class CustomerList(ResponseModel):
    """A page of customers."""

    data: list[CustomerBody]
    next_cursor: str | None


def customer_body(customer: Customer) -> CustomerBody:
    """The public shape of a customer."""
    return CustomerBody(
        customer_id=customer.customer_id,
        name=customer.name,
        email=customer.email,
        address=dict(customer.address) if customer.address is not None else None,
        tax_id=customer.tax_id,
        time_zone=customer.time_zone,
        payment_method=customer.payment_method,
        metadata=dict(customer.metadata),
        created_at=customer.created_at,
        version=customer.version,
    )
