"""Close what a billing run has made due: one REPEATABLE READ transaction per batch of subscriptions.

Its snapshot holds the cut (how far each partition is applied) and the usage that was applied up to it, which move together; so each
line is exactly the fold of the events below the cut. Late usage is found here, by the marks on invoiced periods, never on arrival.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.database import Transaction, retry_conflicts, transaction
from usageflow_common.kafka import Outgoing
from usageflow_common.records import OrganizationRecord
from usageflow_invoicer.domain.hashing import document_hash, salted_hash
from usageflow_invoicer.domain.invoices import Invoice, Proof, canonical_document, invoice_number
from usageflow_invoicer.domain.lines import Line, ToBill, compose_lines
from usageflow_invoicer.domain.pricing.rating import AmountOutOfRange
from usageflow_invoicer.service.bills import Wanted, read_bills, share_credit
from usageflow_invoicer.service.facts import customer_block, invoice_created, invoice_paid
from usageflow_invoicer.store import applied, customers, periods, runs, subscriptions, sums
from usageflow_invoicer.store.invoices import issuing, reading
from usageflow_invoicer.store.runs import Failure, Run

QUARANTINED: Final = "quarantined"
"""The code of a failure that passes by itself when what nobody could read is released."""

_HOPEFUL_ATTEMPTS: Final = 2

ISSUED_MINOR: Final = Counter(
    "usageflow_issued_minor_total", "Amounts of issued lines, either way, in minor units", ["currency"]
)
LATE_MINOR: Final = Counter("usageflow_late_minor_total", "Those of them that adjust an earlier invoice", ["currency"])


@dataclass(frozen=True, slots=True)
class Closed:
    """What a batch came to. `later`: nothing can be closed just now."""

    invoice_ids: tuple[UUID, ...]
    failures: tuple[Failure, ...]
    later: bool = False
    amounts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By currency: what was issued, and what of it is late usage, either way, in minor units."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What every invoice of a batch has in common."""

    organization: OrganizationRecord
    run: Run
    markers: Mapping[int, int]
    now: datetime


@dataclass(frozen=True, slots=True)
class Composed:
    """One invoice before it has its number."""

    subscription: subscriptions.Locked
    bill: ToBill
    lines: tuple[Line, ...]

    @property
    def needless(self) -> bool:
        """Whether there is nothing to issue: a trial, or an opening, that owes nothing."""
        return not self.lines and all(part.segment.kind != "regular" for part in self.bill.parts)

    @property
    def swept(self) -> set[tuple[UUID, UUID, UUID]]:
        """Whose usage it bills, as it is now: subscription, part, charge."""
        subscription_id = self.subscription.subscription_id
        late = {(subscription_id, late.segment_id, late.charge.charge_id) for late in self.bill.late}
        return late | {
            (subscription_id, part.segment.period_id, charge.charge_id)
            for part in self.bill.parts
            for charge in part.plan.charges
        }


@dataclass(frozen=True, slots=True)
class Numbered:
    """An invoice with its number: the document that its hash covers, and the customer with the salt of their hash."""

    invoice: Invoice
    document: Mapping[str, Any]
    hash: str
    salt: bytes
    block: Mapping[str, Any]

    def as_stored(self) -> reading.StoredInvoice:
        """As it will be read; a total of 0 is paid at issue."""
        invoice, total_minor = self.invoice, self.invoice.total_minor
        status, paid_at = ("open", None) if total_minor else ("paid", invoice.issued_at)
        balance = reading.Balance(status, 0, 0, paid_at, None, None, 1)
        lines = len(invoice.lines)
        return reading.StoredInvoice(invoice, total_minor, self.hash, self.block, balance, lines, relayed=True)


async def close_batch(engine: AsyncEngine, closing: Closing, subscription_ids: Sequence[UUID]) -> Closed:
    """Invoice the earliest due period of each subscription. A conflict with an apply or another closer does all of it again.

    Usage that keeps coming in for these periods would make that go on for ever: after a few conflicts, applying waits for the close.
    """
    attempts = itertools.count(1)

    async def attempt() -> Closed:
        async with transaction(engine, "REPEATABLE READ") as tx:
            if next(attempts) > _HOPEFUL_ATTEMPTS:
                await applied.hold_positions(tx)
            return await _close(tx, closing, subscription_ids)

    closed = await retry_conflicts(attempt)
    for currency, (issued, late) in closed.amounts.items():
        ISSUED_MINOR.labels(currency).inc(issued)
        LATE_MINOR.labels(currency).inc(late)
    return closed


async def _close(tx: Transaction, closing: Closing, subscription_ids: Sequence[UUID]) -> Closed:
    org_id = closing.organization.org_id
    # 1. Lock and update: whoever closes the same subscription fails at its own update, and starts again behind us.
    locked = await subscriptions.touch_for_close(tx, org_id, subscription_ids)
    if await runs.is_quarantined(tx, org_id):
        failed = tuple(_failure(each, QUARANTINED, "A record could not be read.") for each in locked)
        await runs.note_progress(tx, closing.run, 0, failed)
        return Closed((), failed)
    # 2. Everything from one snapshot: the cut, due periods, usage, late usage, plans, credits.
    cut = await runs.read_cut(tx)
    if cut is None:
        return Closed((), (), later=True)
    composed, failures = await _compose(tx, closing, locked)
    billed = [each for each in composed if not each.needless]
    if composed:
        # 3. What was read is billed: a state that arrived meanwhile makes this fail, and all of it is done again.
        await sums.clear_changed(tx, org_id, [key for each in composed for key in each.swept])
        skipped = [each for each in composed if each.needless]
        await periods.mark_closed(tx, org_id, _part_ids(billed), "invoiced")
        await periods.mark_closed(tx, org_id, _part_ids(skipped), "skipped")
    if billed:
        # 4. Numbers and hashes, by the one sequencer, locked last: nothing behind it waits for anybody.
        await _issue(tx, closing, billed, cut)
    await runs.note_progress(tx, closing.run, len(composed), failures)
    return Closed(tuple(each.bill.invoice_id for each in billed), tuple(failures), amounts=_amounts(billed))


def _amounts(billed: Sequence[Composed]) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for each in billed:
        issued, late = sums.get(each.bill.plan.currency, (0, 0))
        issued += sum(abs(line.amount_minor) for line in each.lines)
        late += sum(abs(line.amount_minor) for line in each.lines if line.adjusts is not None)
        sums[each.bill.plan.currency] = (issued, late)
    return sums


def _part_ids(composed: Sequence[Composed]) -> list[UUID]:
    return [part.segment.period_id for each in composed for part in each.bill.parts]


async def _compose(
    tx: Transaction, closing: Closing, locked: Sequence[subscriptions.Locked]
) -> tuple[list[Composed], list[Failure]]:
    """Rate each subscription; one that cannot be rated is a failure, and stops nobody else."""
    due = await periods.due_segments(tx, closing.run, [each.subscription_id for each in locked])
    wanted = [Wanted(each, *due[each.subscription_id]) for each in locked if each.subscription_id in due]
    composed, failures = [], []
    credit: dict[str, dict[str, int]] = {}
    for each, whole in zip(wanted, await read_bills(tx, closing.organization.org_id, wanted), strict=True):
        left = credit.setdefault(each.subscription.customer_id, {})
        bill = share_credit(whole, left)
        try:
            lines = compose_lines(bill)
        except AmountOutOfRange as error:
            detail = f"{error} minor units cannot be told exactly."
            failures.append(_failure(each.subscription, "amount_out_of_range", detail))
            continue
        left[bill.plan.currency] += sum(line.amount_minor for line in lines if line.kind == "carry_forward")
        composed.append(Composed(each.subscription, bill, lines))
    return composed, failures


async def _issue(tx: Transaction, closing: Closing, composed: Sequence[Composed], cut: Mapping[int, int]) -> None:
    org_id = closing.organization.org_id
    payers = await customers.read_customers(tx, org_id, sorted({each.subscription.customer_id for each in composed}))
    sequence, previous_hash = await issuing.lock_chain(tx, org_id, len(composed))
    numbered = []
    for each in composed:
        sequence += 1
        block = customer_block(payers[each.subscription.customer_id])
        salt = secrets.token_bytes(16)
        proof = Proof(closing.run.run_id, closing.markers, cut, previous_hash)
        invoice = _number(closing, each, sequence, salted_hash(salt, block), proof)
        document = canonical_document(invoice)
        previous_hash = document_hash(document)
        numbered.append(Numbered(invoice, document, previous_hash, salt, block))
    await issuing.insert_issued(tx, org_id, await _enqueue(tx, org_id, numbered), reason="issued")
    await issuing.move_chain(tx, org_id, previous_hash)


def _number(closing: Closing, each: Composed, sequence: int, customer_hash: str, proof: Proof) -> Invoice:
    organization, plan = closing.organization, each.bill.plan
    return Invoice(
        organization.org_id,
        each.bill.invoice_id,
        sequence,
        invoice_number(organization.invoice_number_prefix, sequence),
        each.subscription.customer_id,
        customer_hash,
        organization.issuer,
        each.subscription.subscription_id,
        plan.plan_id,
        plan.code,
        plan.number,
        each.bill.period,
        plan.currency,
        closing.now,
        closing.now + timedelta(days=organization.payment_term_days),
        proof,
        each.lines,
    )


async def _enqueue(tx: Transaction, org_id: UUID, numbered: Sequence[Numbered]) -> list[issuing.Issued]:
    """The facts of an issue. One lane per organization: the next number leaves after the one before was acknowledged."""
    messages: list[Outgoing] = []
    places, statuses = [], []
    for each in numbered:
        stored = each.as_stored()
        places.append(len(messages))
        statuses.append(stored.balance.status)
        messages.append(invoice_created(stored, each.document, each.salt))
        if stored.balance.status == "paid":
            messages.append(invoice_paid(stored, payment=None, at=each.invoice.issued_at))
    ids = await outbox.enqueue(tx, messages, lane=str(org_id))
    return [
        issuing.Issued(each.invoice, each.hash, each.salt, each.block, status, ids[place])
        for each, place, status in zip(numbered, places, statuses, strict=True)
    ]


def _failure(subscription: subscriptions.Locked, code: str, detail: str) -> Failure:
    return Failure(subscription.subscription_id, code, detail)
