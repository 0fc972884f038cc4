"""Close what a billing run has made due: one REPEATABLE READ transaction per batch of subscriptions.

Its snapshot holds the cut (how far each partition is applied) and the usage that was applied up to it, which move together; so each
line is exactly the fold of the events below the cut. Late usage is found here, by the marks on invoiced periods, never on arrival.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.database import Transaction, retry_conflicts, transaction
from usageflow_common.records import OrganizationRecord
from usageflow_invoicer.domain.hashing import salted_hash
from usageflow_invoicer.domain.invoices import Invoice, Proof, invoice_number
from usageflow_invoicer.domain.lines import LateUsage, Line, ToBill, billed_so_far, compose_lines
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.domain.pricing.rating import AmountOutOfRange
from usageflow_invoicer.domain.usage import NOTHING
from usageflow_invoicer.service.facts import customer_block, invoice_created, invoice_paid
from usageflow_invoicer.store import applied, customers, periods, plans, runs, subscriptions, sums
from usageflow_invoicer.store.invoices import issuing, reading
from usageflow_invoicer.store.runs import Failure, Run

QUARANTINED: Final = "quarantined"
"""The code of a failure that passes by itself when what nobody could read is released."""

_HOPEFUL_ATTEMPTS: Final = 2


@dataclass(frozen=True, slots=True)
class Closed:
    """What a batch came to. `later`: nothing can be closed just now."""

    invoice_ids: tuple[UUID, ...]
    failures: tuple[Failure, ...]
    later: bool = False


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
    swept: tuple[tuple[UUID, UUID], ...]


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

    return await retry_conflicts(attempt)


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
    if composed:
        # 3. What was read is billed: a state that arrived meanwhile makes this fail, and all of it is done again.
        swept = [pair for each in composed for pair in each.swept]
        await sums.clear_changed(tx, org_id, swept)
        await periods.mark_invoiced(tx, org_id, [each.bill.invoice_id for each in composed])
        # 4. Numbers and hashes, by the one sequencer, locked last: nothing behind it waits for anybody.
        await _issue(tx, closing, composed, cut)
    await runs.note_progress(tx, closing.run, len(composed), failures)
    return Closed(tuple(each.bill.invoice_id for each in composed), tuple(failures))


async def _compose(
    tx: Transaction, closing: Closing, locked: Sequence[subscriptions.Locked]
) -> tuple[list[Composed], list[Failure]]:
    """Rate each subscription; one that cannot be rated is a failure, and stops nobody else."""
    org_id, ids = closing.organization.org_id, [each.subscription_id for each in locked]
    due = await periods.earliest_open(tx, org_id, ids, closing.run.due_before)
    found = await sums.read_sums(tx, org_id, list(due), [period.period_id for period in due.values()])
    late = await _read_late(tx, org_id, found)
    versions = await plans.read_versions(tx, org_id, {(each.plan_id, each.plan_version) for each in locked})
    credit = await issuing.carried_credits(tx, org_id, sorted({each.customer_id for each in locked}))
    composed, failures = [], []
    for each in locked:
        if each.subscription_id not in due:
            continue  # closed meanwhile by another run
        period = due[each.subscription_id]
        plan = versions[each.plan_id, each.plan_version].version
        mine = late.get(each.subscription_id, [])
        usage = {
            charge.charge_id: found[period.period_id, charge.charge_id].usage
            if (period.period_id, charge.charge_id) in found
            else NOTHING
            for charge in plan.charges
        }
        payer = (each.customer_id, plan.currency)
        bill = ToBill(period.period_id, plan, period.period, usage, tuple(mine), credit.get(payer, 0))
        try:
            lines = compose_lines(bill)
        except AmountOutOfRange as error:
            failures.append(_failure(each, "amount_out_of_range", f"{error} minor units cannot be told exactly."))
            continue
        swept = [(period.period_id, charge.charge_id) for charge in plan.charges]
        swept += [(one.billed.invoice_id, one.charge.charge_id) for one in mine]
        carried = sum(line.amount_minor for line in lines if line.kind == "carry_forward")
        credit[payer] = credit.get(payer, 0) + carried
        composed.append(Composed(each, bill, lines, tuple(swept)))
    return composed, failures


async def _read_late(
    tx: Transaction, org_id: UUID, known: Mapping[tuple[UUID, UUID], sums.Sum]
) -> dict[UUID, list[LateUsage]]:
    """Late usage by subscription: invoiced periods marked as changed, with all that was billed for them."""
    changed = [key for key, found in known.items() if found.invoiced and found.changed]
    originals = await reading.read_originals(tx, org_id, changed)
    versions = await plans.read_versions(tx, org_id, {(o.plan_id, o.plan_version) for o in originals.values()})
    owners = await periods.owners(tx, org_id, [invoice_id for invoice_id, _ in originals])
    late: dict[UUID, list[LateUsage]] = {}
    for (invoice_id, charge_id), original in sorted(originals.items(), key=lambda item: item[1].line.period.start_at):
        plan: PlanVersion = versions[original.plan_id, original.plan_version].version
        charge = next(charge for charge in plan.charges if charge.charge_id == charge_id)
        billed = billed_so_far(original.line, invoice_id, original.adjustments)
        late.setdefault(owners[invoice_id], []).append(LateUsage(charge, billed, known[invoice_id, charge_id].usage))
    return late


async def _issue(tx: Transaction, closing: Closing, composed: Sequence[Composed], cut: Mapping[int, int]) -> None:
    org_id = closing.organization.org_id
    payers = await customers.read_customers(tx, org_id, sorted({each.subscription.customer_id for each in composed}))
    sequence, previous_hash = await issuing.lock_chain(tx, org_id, len(composed))
    issued = []
    for each in composed:
        sequence += 1
        block = customer_block(payers[each.subscription.customer_id])
        salt = secrets.token_bytes(16)
        proof = Proof(closing.run.run_id, closing.markers, cut, previous_hash)
        invoice = _number(closing, each, sequence, salted_hash(salt, block), proof)
        previous_hash = invoice.hash
        issued.append(await _enqueue(tx, invoice, salt, block))
    await issuing.insert_issued(tx, org_id, issued, reason="issued")
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


async def _enqueue(tx: Transaction, invoice: Invoice, salt: bytes, block: Mapping[str, Any]) -> issuing.Issued:
    """The facts of an issue. One lane per organization: the next number leaves after the one before was acknowledged."""
    balance = reading.Balance("open", 0, 0, None, None, 1)
    if invoice.total_minor == 0:
        balance = replace(balance, status="paid", paid_at=invoice.issued_at)
    stored = reading.StoredInvoice(
        invoice, invoice.total_minor, invoice.hash, block, balance, len(invoice.lines), relayed=True
    )
    lane = str(invoice.org_id)
    [outbox_id] = await outbox.enqueue(tx, [invoice_created(stored)], lane=lane)
    if balance.status == "paid":
        await outbox.enqueue(tx, [invoice_paid(stored, payment=None, at=invoice.issued_at)], lane=lane)
    return issuing.Issued(invoice, salt, block, balance.status, outbox_id)


def _failure(subscription: subscriptions.Locked, code: str, detail: str) -> Failure:
    return Failure(subscription.subscription_id, code, detail)
