"""Give a restored database back the invoices that it has lost: from invoice.created, in the order of their numbers, each proved by its hash.

Their states follow from billing.events, and what only the audit log has from there. Writers stand still meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.records import BillingFact
from usageflow_invoicer.domain.hashing import GENESIS_HASH, document_hash
from usageflow_invoicer.domain.invoices import Invoice
from usageflow_invoicer.domain.reissuing import invoice_of, parts_of
from usageflow_invoicer.domain.segments import Segment
from usageflow_invoicer.service.lives import Moment, live_on
from usageflow_invoicer.service.settling import end_dunning
from usageflow_invoicer.store import applied, lives, payments, periods, plans, sums
from usageflow_invoicer.store.invoices import chains, issuing, reading, reissued
from usageflow_invoicer.store.invoices.issuing import Issued, Transition
from usageflow_invoicer.store.lives import Lived
from usageflow_invoicer.store.payments import Payment, PaymentStatus

Outcome = Literal["known", "imported", "document_only"]
"""`document_only`: its subscription or plan was lost too, so no late usage of its period can be billed."""

_FINAL = ("paid", "void", "uncollectible")


class NotTheNext(Exception):
    """The chain does not go on with this invoice; nothing behind it can be imported."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An invoice as its record tells it."""

    invoice: Invoice
    hash: str
    salt: bytes
    block: Mapping[str, Any]


def lost_of(fact: BillingFact) -> Lost:
    """Of a record of invoice.created. NotTheNext when its hash is not that of its document."""
    document = dict(fact.invoice or {})
    stated = str(document.get("hash"))
    salt = bytes.fromhex(fact.customer_salt or "")
    document.pop("hash", None)
    if document_hash(document) != stated:
        raise NotTheNext(f"{document.get('number')}: its hash is not that of its document")
    return Lost(invoice_of(document), stated, salt, fact.webhook_data["invoice"]["customer"] or {})


async def cancel_runs(engine: AsyncEngine) -> int:
    """Runs that waited when the backup was made; how many."""
    async with transaction(engine) as tx:
        return await reissued.cancel_runs(tx)


async def is_known(engine: AsyncEngine, fact: BillingFact) -> bool:
    """Whether the invoice is there as the record has it."""
    document = fact.invoice or {}
    async with transaction(engine, read_only=True) as tx:
        return await reissued.hash_of(tx, fact.org_id, document["sequence"]) == str(document["hash"])


async def import_invoice(engine: AsyncEngine, lost: Lost, wall: datetime) -> Outcome:
    """The document with its number, and its period as invoiced. NotTheNext when the chain does not go on with it."""
    invoice = lost.invoice
    async with transaction(engine) as tx:
        await applied.freeze_positions(tx)
        end = await chains.chain_end(tx, invoice.org_id)
        sequence, last_hash = (end.sequence, end.hash) if end else (0, GENESIS_HASH)
        if invoice.sequence <= sequence:
            if await reissued.hash_of(tx, invoice.org_id, invoice.sequence) != lost.hash:
                raise NotTheNext(f"{invoice.number}: another invoice has its number")
            return "known"
        if (invoice.sequence, invoice.proof.previous_hash) != (sequence + 1, last_hash):
            raise NotTheNext(f"{invoice.number} does not follow number {sequence}")
        whole = await _import_period(tx, invoice, wall)
        await issuing.lock_chain(tx, invoice.org_id, 1)
        status = "paid" if invoice.total_minor == 0 else "open"
        issued = Issued(invoice, lost.hash, lost.salt, lost.block, status, outbox_id=0)
        await issuing.insert_issued(tx, invoice.org_id, [issued], reason="imported")
        await issuing.move_chain(tx, invoice.org_id, lost.hash)
    return "imported" if whole else "document_only"


async def _import_period(tx: Transaction, invoice: Invoice, wall: datetime) -> bool:
    """Its parts, invoiced, filled with the usage that is there and marked as changed: what differs is billed by the next close."""
    org_id, subscription_id = invoice.org_id, invoice.subscription_id
    living = await lives.lock_living(tx, org_id, [subscription_id])
    if not living:
        return False
    charge_ids = [line.evidence.charge_id for line in invoice.lines if line.evidence]
    plan_of_charge = await reissued.plans_of_charges(tx, org_id, charge_ids)
    parts = parts_of(invoice, plan_of_charge, living[0].life.terms.rhythm.step_of)
    versions = await plans.read_versions(tx, org_id, {(part.plan.plan_id, part.plan.number) for part in parts})
    if any((part.plan.plan_id, part.plan.number) not in versions for part in parts):
        return False
    await reissued.take_away_period(tx, org_id, subscription_id, invoice.period.index)
    lived = Lived(subscription_id, invoice.customer_id, (), (), parts)
    await lives.store_lived(
        tx, org_id, [lived], {part.plan: versions[part.plan.plan_id, part.plan.number].version for part in parts}
    )
    await sums.fill_periods(tx, org_id, _ids(parts))
    await periods.mark_closed(tx, org_id, _ids(parts), "invoiced")
    await live_on(tx, org_id, [subscription_id], Moment(invoice.period.end_at, wall))
    return True


async def import_state(engine: AsyncEngine, fact: BillingFact, wall: datetime) -> bool:
    """What a record of billing.events says of an invoice, where it is newer than what is stored."""
    if fact.invoice_id is None or "invoice" not in fact.webhook_data:
        return False
    shown, payment = fact.webhook_data["invoice"], fact.webhook_data.get("payment")
    async with transaction(engine) as tx:
        if await reissued.read_balance(tx, fact.org_id, fact.invoice_id) is None:
            return False
        if payment is not None:
            await import_payment(tx, fact.org_id, fact.invoice_id, payment)
        return await import_shown(tx, fact.org_id, fact.invoice_id, shown, Moment(fact.occurred_at, wall))


async def import_shown(
    tx: Transaction, org_id: UUID, invoice_id: UUID, shown: Mapping[str, Any], moment: Moment
) -> bool:
    """The state of an invoice as it was shown, where it is newer than what is stored."""
    before = await reissued.read_balance(tx, org_id, invoice_id)
    if before is None or shown["version"] <= before.version:
        return False
    voided = shown["status"] == "void"
    after = replace(
        before,
        status=shown["status"],
        paid_minor=shown["amountPaid"]["amountMinor"],
        credited_minor=shown["amountCredited"]["amountMinor"],
        paid_at=_instant(shown["paidAt"]),
        voided_at=_instant(shown["voidedAt"]),
        voided_after=await reissued.last_issued_by(tx, org_id, moment.now) if voided else None,
        version=shown["version"],
    )
    await payments.update_balance(tx, org_id, invoice_id, after)
    if after.status != before.status and after.status in _FINAL:
        entered = Transition(invoice_id, after.version, after.status, "imported", moment.now)
        await issuing.insert_transition(tx, org_id, entered)
        found = await reading.read_invoice(tx, org_id, invoice_id)
        if found is not None:
            await end_dunning(tx, found, moment)
    return True


async def import_payment(tx: Transaction, org_id: UUID, invoice_id: UUID, shown: Mapping[str, Any]) -> bool:
    """A payment as it was shown; False where it is there already."""
    payment_id = parse_public_id(Prefix.PAYMENT, shown["id"])
    if payment_id is None or await payments.read_payment(tx, org_id, payment_id):
        return False
    imported = Payment(
        org_id,
        payment_id,
        invoice_id,
        shown["customerId"],
        cast("PaymentStatus", shown["status"]),
        shown["amount"]["amountMinor"],
        shown["amount"]["currency"],
        shown["reference"],
        shown["method"],
        shown["failureCode"],
        shown["provider"],
        _instant(shown["paidAt"]),
        datetime.fromisoformat(shown["createdAt"]),
    )
    method = None if imported.provider == "manual" else "unknown"
    await payments.insert_payment(tx, imported, payment_method=method)
    return True


def _ids(parts: Sequence[Segment]) -> list[UUID]:
    return [part.period_id for part in parts]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
