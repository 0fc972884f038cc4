"""The facts that leave through the outbox: what other systems learn of invoices and subscriptions.

Their ids are derived from what they are about, so that a fact that is sent twice is the same fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import BaseModel

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, public_id
from usageflow_common.kafka import Outgoing
from usageflow_common.money import decimal_text
from usageflow_common.records import BillingFact
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED, Topic, encode, tenant_key
from usageflow_invoicer.domain.money import Dunning
from usageflow_invoicer.schemas.invoices import invoice_summary
from usageflow_invoicer.schemas.subscriptions import subscription_body
from usageflow_invoicer.schemas.thresholds import threshold_body
from usageflow_invoicer.store.customers import Customer
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.subscriptions import Subscription
from usageflow_invoicer.store.thresholds import Reached

_UNTOLD: Final = ("version", "currentPeriod")
"""What changes by itself, or with everything else."""

_RESUMED: Final = {"paused": "resumed", "payment_failed": "paid"}
"""Why a suspension ends, by why it began."""


def invoice_created(stored: StoredInvoice, document: Mapping[str, Any], salt: bytes) -> Outgoing:
    """An issued invoice: the public one for receivers, and all that a restored database needs: the whole document and the customer's salt."""
    issued_at = stored.invoice.issued_at
    fact = _invoice_fact(stored, "invoice.created", issued_at, {"invoice": _public(invoice_summary(stored))})
    whole = {**document, "hash": stored.stored_hash}
    record = BillingFact(**fact, invoice=whole, customer_salt=salt.hex())
    # All of an organization are in one partition, in the order of their numbers (docs/decisions/0014).
    return Outgoing(INVOICE_CREATED, tenant_key(record.org_id), encode(record))


def invoice_paid(stored: StoredInvoice, *, payment: BaseModel | None, at: datetime) -> Outgoing:
    """Nothing is due any more; without a payment the total was 0."""
    data = {"invoice": _public(invoice_summary(stored)), "payment": _public(payment) if payment is not None else None}
    return _outgoing(BILLING_EVENTS, _invoice_fact(stored, "invoice.paid", at, data))


def invoice_failed(stored: StoredInvoice, dunning: Dunning, *, payment: BaseModel | None, at: datetime) -> Outgoing:
    """A payment failed, or (None) its time is over; each attempt is a fact of its own."""
    data = {
        "invoice": _public(invoice_summary(stored)),
        "payment": _public(payment) if payment is not None else None,
        "dunning": {
            "attempt": dunning.attempt,
            "nextAttemptAt": instant_text(dunning.next_attempt_at) if dunning.next_attempt_at else None,
            "suspendsAt": instant_text(dunning.suspends_at),
        },
    }
    return _outgoing(BILLING_EVENTS, _invoice_fact(stored, "invoice.failed", at, data, name=str(dunning.attempt)))


def invoice_voided(stored: StoredInvoice, reason: str, at: datetime) -> Outgoing:
    """It is owed no more."""
    data = {"invoice": _public(invoice_summary(stored)), "reason": reason}
    return _outgoing(BILLING_EVENTS, _invoice_fact(stored, "invoice.voided", at, data))


def subscription_created(subscription: Subscription) -> Outgoing:
    """A new subscription."""
    data = {"subscription": _public(subscription_body(subscription)), "previous": {}}
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
    shown, was = _public(subscription_body(after)), _public(subscription_body(before))
    if after.status == "canceled":
        return [_subscription_fact(after, "subscription.canceled", at, {"subscription": shown, "reason": reason or ""})]
    facts = []
    if (before.suspension is None) != (after.suspension is None):
        ended = after.suspension is None
        kind = "subscription.resumed" if ended else "subscription.suspended"
        named = public_id(Prefix.INVOICE, invoice_id) if invoice_id is not None else None
        why = _RESUMED[before.suspension.reason] if before.suspension else after.suspension and after.suspension.reason
        facts.append(_subscription_fact(after, kind, at, {"subscription": shown, "reason": why, "invoiceId": named}))
    previous = {name: was[name] for name in shown if shown[name] != was[name] and name not in _UNTOLD}
    if previous:
        data = {"subscription": shown, "previous": previous}
        facts.append(_subscription_fact(after, "subscription.updated", at, data))
    return facts


def threshold_reached(reached: Reached, at: datetime) -> Outgoing:
    """Usage of a running period has reached a threshold; once in a period."""
    threshold, period = reached.threshold, reached.period
    data = {
        "threshold": _public(threshold_body(threshold, reached.currency)),
        "customerId": reached.customer_id,
        "subscriptionId": public_id(Prefix.SUBSCRIPTION, threshold.subscription_id),
        "period": {"start": instant_text(period.start_at), "end": instant_text(period.end_at)},
        "quantity": decimal_text(reached.quantity) if reached.quantity is not None else None,
        "amount": {"amountMinor": reached.amount_minor, "currency": reached.currency},
    }
    fact = {
        "org_id": threshold.org_id,
        "event_id": uuid5(threshold.threshold_id, f"usage.threshold_reached:{period.index}"),
        "type": "usage.threshold_reached",
        "occurred_at": at,
        "customer_id": reached.customer_id,
        "subscription_id": threshold.subscription_id,
        "invoice_id": None,
        "version": 1,
        "webhook_data": data,
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


def _subscription_fact(subscription: Subscription, kind: str, at: datetime, data: Mapping[str, Any]) -> Outgoing:
    fact = {
        "org_id": subscription.org_id,
        "event_id": uuid5(subscription.subscription_id, _fact_name(subscription, kind)),
        "type": kind,
        "occurred_at": at,
        "customer_id": subscription.customer_id,
        "subscription_id": subscription.subscription_id,
        "invoice_id": None,
        "version": subscription.version,
        "webhook_data": data,
    }
    return _outgoing(BILLING_EVENTS, fact)


def _fact_name(subscription: Subscription, kind: str) -> str:
    return kind if kind == "subscription.created" else f"{kind}:{subscription.version}"


def _invoice_fact(
    stored: StoredInvoice, kind: str, at: datetime, data: Mapping[str, Any], *, name: str | None = None
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
        "webhook_data": data,
    }


def _outgoing(topic: Topic, fact: Mapping[str, Any]) -> Outgoing:
    record = BillingFact(**fact)
    return Outgoing(topic, tenant_key(record.org_id, record.customer_id), encode(record))


def _public(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True)
