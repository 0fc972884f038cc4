"""What an invoice is made of, read from one snapshot: parts, usage, late usage, what was billed in advance, credits carried forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from usageflow_common.database import Transaction
from usageflow_invoicer.domain.lines import LateUsage, Part, ToBill, UsageKey, billed_so_far
from usageflow_invoicer.domain.plans import PlanVersion, Value
from usageflow_invoicer.domain.segments import PlanRef, Segment
from usageflow_invoicer.domain.usage import Usage
from usageflow_invoicer.store import plans, sums
from usageflow_invoicer.store.invoices import originals, reading, waiting_credit
from usageflow_invoicer.store.invoices.originals import OriginalLine
from usageflow_invoicer.store.subscriptions import Locked
from usageflow_invoicer.store.sums import SumKey


@dataclass(frozen=True, slots=True)
class Wanted:
    """The period of a subscription that is to be billed, and the one behind it as far as it is there."""

    subscription: Locked
    segments: tuple[Segment, ...]
    next_segments: tuple[Segment, ...] = ()


async def read_bills(tx: Transaction, org_id: UUID, wanted: Sequence[Wanted]) -> list[ToBill]:
    """One for each, in their order. Credits carried forward are still all the customer's: see `share_credit`."""
    parts = [(each.subscription.subscription_id, segment.period_id) for each in wanted for segment in each.segments]
    found = await sums.read_sums(tx, org_id, parts)
    late = await _read_late(tx, org_id, found)
    refs = {segment.plan for each in wanted for segment in (*each.segments, *each.next_segments)}
    versions = await read_plans(tx, org_id, refs)
    prepaid = await reading.prepaid(
        tx, org_id, [(each.subscription.subscription_id, each.segments[-1].period.index) for each in wanted]
    )
    credit = await waiting_credit.waiting_credits(
        tx, org_id, sorted({each.subscription.customer_id for each in wanted})
    )
    usage: dict[UsageKey, dict[Value, Usage]] = {}
    for key, each in found.items():
        usage.setdefault((key.period_id, key.charge_id), {})[key.value] = each.usage
    bills = []
    for want in wanted:
        subscription_id = want.subscription.subscription_id
        segments = tuple(Part(segment, versions[segment.plan]) for segment in want.segments)
        behind = tuple(Part(segment, versions[segment.plan]) for segment in want.next_segments)
        currency = segments[-1].plan.currency
        bills.append(
            ToBill(
                want.segments[-1].period_id,
                segments,
                usage,
                tuple(late.get(subscription_id, ())),
                credit.get((want.subscription.customer_id, currency), 0),
                prepaid.get(subscription_id, 0),
                behind,
            )
        )
    return bills


def share_credit(bill: ToBill, left: dict[str, int]) -> ToBill:
    """The bill with what is `left`, by currency, of its customer's credit after the bills before it."""
    return replace(bill, credit_minor=left.setdefault(bill.plan.currency, bill.credit_minor))


async def read_plans(tx: Transaction, org_id: UUID, refs: set[PlanRef]) -> dict[PlanRef, PlanVersion]:
    """Published versions."""
    found = await plans.read_versions(tx, org_id, {(ref.plan_id, ref.number) for ref in refs})
    return {PlanRef(*name): each.version for name, each in found.items()}


async def _read_late(tx: Transaction, org_id: UUID, known: Mapping[SumKey, sums.Sum]) -> dict[UUID, list[LateUsage]]:
    """Late usage by subscription: invoiced periods marked as changed, with all that was billed for them."""
    changed = [key for key, each in known.items() if each.invoiced and each.changed]
    found = await originals.read_originals(tx, org_id, changed)
    versions = await read_plans(tx, org_id, {original.plan for original in found.values()})
    late: dict[UUID, list[LateUsage]] = {}
    for key, original in sorted(found.items(), key=_in_order):
        plan = versions[original.plan]
        charge = next(charge for charge in plan.charges if charge.charge_id == key.charge_id)
        billed = billed_so_far(original.line, original.invoice_id, original.adjustments)
        usage = LateUsage(charge, key.period_id, billed, known[key].usage, key.value)
        late.setdefault(original.subscription_id, []).append(usage)
    return late


def _in_order(late: tuple[SumKey, OriginalLine]) -> tuple[datetime, UUID, UUID, str]:
    key, original = late
    return original.line.period.start_at, key.period_id, key.charge_id, key.value or ""
