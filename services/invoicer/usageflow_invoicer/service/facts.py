"""The facts that leave through the outbox: what other systems learn of invoices and subscriptions.

Their ids are derived from what they are about, so that a fact that is sent twice is the same fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel

from usageflow_common.kafka import Outgoing
from usageflow_common.records import BillingFact
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED, Topic, encode, tenant_key
from usageflow_common.wire import MoneyModel
from usageflow_invoicer.domain.money import Dunning
from usageflow_invoicer.schemas.facts import (
    DunningBody,
    InvoiceCreated,
    InvoiceFailed,
    InvoicePaid,
    InvoiceVoided,
    SubscriptionCanceled,
    SubscriptionCreated,
    SubscriptionResumed,
    SubscriptionSuspended,
    SubscriptionUpdated,
    ThresholdReached,
)
from usageflow_invoicer.schemas.invoices import SpanBody, invoice_summary
from usageflow_invoicer.schemas.payments import PaymentBody
from usageflow_invoicer.schemas.subscriptions import subscription_body
from usageflow_invoicer.schemas.thresholds import threshold_body
from usageflow_invoicer.store.customers import Customer
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.subscriptions import Subscription
from usageflow_invoicer.store.thresholds import Reached

_UNTOLD: Final = ("version", "currentPeriod")
"""What changes by itself, or with everything else."""

_RESUMED: Final[Mapping[str, Literal["resumed", "paid"]]] = {"paused": "resumed", "payment_failed": "paid"}
"""Why a suspension ends, by why it began."""


def invoice_created(stored: StoredInvoice, document: Mapping[str, Any], salt: bytes) -> Outgoing:
    """An issued invoice: the public one for receivers, and all that a restored database needs: the whole document and the customer's salt."""
    issued_at = stored.invoice.issued_at
    fact = _invoice_fact(stored, "invoice.created", issued_at, InvoiceCreated(invoice=invoice_summary(stored)))
    whole = {**document, "hash": stored.stored_hash}
    record = BillingFact(**fact, invoice=whole, customer_salt=salt.hex())
    # All of an organization are in one partition, in the order of their numbers (docs/decisions/0014).
    return Outgoing(INVOICE_CREATED, tenant_key(record.org_id), encode(record))


def invoice_paid(stored: StoredInvoice, *, payment: PaymentBody | None, at: datetime) -> Outgoing:
    """Nothing is due any more; without a payment the total was 0."""
    data = InvoicePaid(invoice=invoice_summary(stored), payment=payment)
    return _outgoing(BILLING_EVENTS, _invoice_fact(stored, "invoice.paid", at, data))


def invoice_failed(stored: StoredInvoice, dunning: Dunning, *, payment: PaymentBody | None, at: datetime) -> Outgoing:
    """A payment failed, or (None) its time is over; each attempt is a fact of its own."""
    data = InvoiceFailed(
        invoice=invoice_summary(stored),
        payment=payment,
        dunning=DunningBody(
            attempt=dunning.attempt, next_attempt_at=dunning.next_attempt_at, suspends_at=dunning.suspends_at
        ),
    )
    return _outgoing(BILLING_EVENTS, _invoice_fact(stored, "invoice.failed", at, data, name=str(dunning.attempt)))


def invoice_voided(stored: StoredInvoice, reason: str, at: datetime) -> Outgoing:
    """It is owed no more."""
    data = InvoiceVoided(invoice=invoice_summary(stored), reason=reason)
    return _outgoing(BILLING_EVENTS, _invoice_fact(stored, "invoice.voided", at, data))


def subscription_created(subscription: Subscription) -> Outgoing:
    """A new subscription."""
    data = SubscriptionCreated(subscription=subscription_body(subscription), previous={})
    return _subscription_fact(subscription, "subscription.created", subscription.created_at, data)


def subscription_facts(
    before: Subscription,
    after: Subscription,
    at: datetime,
    *,
    reason: str | None = None,
    invoice_id: UUID | None = None,
) -> list[Outgoing]:
    """What became of a subscription: canceled, suspended or resumed, and beside that (not when canceled) what changed of it."""
    body = subscription_body(after)
    if after.status == "canceled":
        canceled = SubscriptionCanceled(subscription=body, reason=reason or "")
        return [_subscription_fact(after, "subscription.canceled", at, canceled)]
    facts = []
    if before.suspension is None and after.suspension is not None:
        suspended = SubscriptionSuspended(subscription=body, reason=after.suspension.reason, invoice_id=invoice_id)
        facts.append(_subscription_fact(after, "subscription.suspended", at, suspended))
    if before.suspension is not None and after.suspension is None:
        resumed = SubscriptionResumed(
            subscription=body, reason=_RESUMED[before.suspension.reason], invoice_id=invoice_id
        )
        facts.append(_subscription_fact(after, "subscription.resumed", at, resumed))
    shown, was = _public(body), _public(subscription_body(before))
    previous = {name: was[name] for name in shown if shown[name] != was[name] and name not in _UNTOLD}
    if previous:
        updated = SubscriptionUpdated(subscription=body, previous=previous)
        facts.append(_subscription_fact(after, "subscription.updated", at, updated))
    return facts


def threshold_reached(reached: Reached, at: datetime) -> Outgoing:
    """Usage of a running period has reached a threshold; once in a period."""
    threshold, period = reached.threshold, reached.period
    data = ThresholdReached(
        threshold=threshold_body(threshold, reached.currency),
        customer_id=reached.customer_id,
        subscription_id=threshold.subscription_id,
        period=SpanBody(start=period.start_at, end=period.end_at),
        quantity=reached.quantity,
        amount=MoneyModel(amount_minor=reached.amount_minor, currency=reached.currency),
    )
    fact = {
        "org_id": threshold.org_id,
        "event_id": uuid5(threshold.threshold_id, f"usage.threshold_reached:{period.index}"),
        "type": "usage.threshold_reached",
        "occurred_at": at,
        "customer_id": reached.customer_id,
        "subscription_id": threshold.subscription_id,
        "invoice_id": None,
        "version": 1,
        "webhook_data": _public(data),
    }
    return _outgoing(BILLING_EVENTS, fact)


def customer_block(customer: Customer) -> dict[str, Any]:
    """The customer as named on an invoice."""
    return {
        "name": customer.name,
        "email": customer.email,
        "address": dict(customer.address) if customer.address is not None else None,
        "taxId": customer.tax_id,
    }


def _subscription_fact(subscription: Subscription, kind: str, at: datetime, data: BaseModel) -> Outgoing:
    fact = {
        "org_id": subscription.org_id,
        "event_id": uuid5(subscription.subscription_id, _fact_name(subscription, kind)),
        "type": kind,
        "occurred_at": at,
        "customer_id": subscription.customer_id,
        "subscription_id": subscription.subscription_id,
        "invoice_id": None,
        "version": subscription.version,
        "webhook_data": _public(data),
    }
    return _outgoing(BILLING_EVENTS, fact)


def _fact_name(subscription: Subscription, kind: str) -> str:
    return kind if kind == "subscription.created" else f"{kind}:{subscription.version}"


def _invoice_fact(
    stored: StoredInvoice, kind: str, at: datetime, data: BaseModel, *, name: str | None = None
) -> dict[str, Any]:
    invoice = stored.invoice
    return {
        "org_id": invoice.org_id,
        "event_id": uuid5(invoice.invoice_id, kind if name is None else f"{kind}:{name}"),
        "type": kind,
        "occurred_at": at,
        "customer_id": invoice.customer_id,
        "subscription_id": invoice.subscription_id,
        "invoice_id": invoice.invoice_id,
        "version": stored.balance.version,
        "webhook_data": _public(data),
    }


def _outgoing(topic: Topic, fact: Mapping[str, Any]) -> Outgoing:
    record = BillingFact(**fact)
    return Outgoing(topic, tenant_key(record.org_id, record.customer_id), encode(record))


def _public(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)
