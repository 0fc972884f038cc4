"""What `verify` compares: an issued invoice as it is stored against everything that can be computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from usageflow_common.money import decimal_text
from usageflow_invoicer.domain.hashing import GENESIS_HASH
from usageflow_invoicer.domain.invoices import Invoice
from usageflow_invoicer.domain.lines import (
    BilledLine,
    LateUsage,
    Line,
    Part,
    UsageKey,
    adjustment_line,
    base_line,
    carry_forward_lines,
    full_period,
    usage_line,
)
from usageflow_invoicer.domain.plans import Charge, PlanVersion
from usageflow_invoicer.domain.segments import PlanRef, Segment
from usageflow_invoicer.domain.usage import Events, Usage, digest_text, total_events

CheckName = Literal[
    "line_quantity",
    "line_events",
    "line_digest",
    "line_amount",
    "charge_events",
    "total",
    "invoice_hash",
    "chain",
    "completeness",
]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison; `line_id` where it concerns a line."""

    check: CheckName
    line_id: UUID | None
    expected: str
    actual: str

    @property
    def passed(self) -> bool:
        """Whether what is stored is what was computed."""
        return self.expected == self.actual


@dataclass(frozen=True, slots=True)
class Stored:
    """An invoice as its rows say, and what stands around it.

    `plans` are the versions that its lines name, and the invoice's own; `recounted` is the fold of raw events below the cut, per usage
    or adjustment line; `whole` that of all values together, per part and charge with a matrix; `billed` what an adjustment line's period had
    been billed before; `charges` are those that its lines name;
    `predecessor` the hash of the invoice before this one, None when it is missing; `customer_hash` that of the customer as now named
    beside it, None where that was erased; `credit_minor` what was carried forward to it, `prepaid_minor` what was billed in advance.
    """

    invoice: Invoice
    stored_hash: str
    stored_total_minor: int
    customer_hash: str | None
    plans: Mapping[PlanRef, PlanVersion]
    charges: Mapping[UUID, Charge]
    predecessor: str | None
    recounted: Mapping[UUID, Usage]
    whole: Mapping[UsageKey, Events]
    billed: Mapping[UUID, BilledLine]
    credit_minor: int
    prepaid_minor: int

    @property
    def plan(self) -> PlanVersion:
        """The invoice's own."""
        return self.plans[PlanRef(self.invoice.plan_id, self.invoice.plan_version)]


def verify(stored: Stored) -> tuple[Check, ...]:
    """Every check. `expected` is what was computed again, `actual` what is stored."""
    invoice = stored.invoice
    return (
        *_check_lines(stored),
        *_check_values(stored),
        Check("total", None, str(invoice.total_minor), str(stored.stored_total_minor)),
        Check("invoice_hash", None, _hash_again(stored), stored.stored_hash),
        Check("chain", None, _predecessor(stored), invoice.proof.previous_hash),
        *_check_completeness(invoice.proof.markers, invoice.proof.cut),
    )


def _hash_again(stored: Stored) -> str:
    if stored.customer_hash is None:
        return stored.invoice.hash
    return replace(stored.invoice, customer_hash=stored.customer_hash).hash


def _predecessor(stored: Stored) -> str:
    if stored.invoice.sequence == 1:
        return GENESIS_HASH
    return stored.predecessor or "missing"


def _check_completeness(markers: Mapping[int, int], cut: Mapping[int, int]) -> Iterator[Check]:
    """A partition of the cut that has no marker was added behind the barrier: nothing accepted before the run lies in it."""
    for partition, marker in sorted(markers.items()):
        end = cut.get(partition)
        below = end is not None and marker < end
        actual = f"partition {partition}: marker {marker} {'below' if below else 'not below'} cut {end}"
        yield Check("completeness", None, f"partition {partition}: marker {marker} below cut {end}", actual)


def _check_lines(stored: Stored) -> Iterator[Check]:
    invoice = stored.invoice
    for line in invoice.lines:
        again = line_again(stored, line)
        yield Check(
            "line_amount", line.line_id, str(again.amount_minor) if again else "no line", str(line.amount_minor)
        )
        if line.evidence is None:
            continue
        expected = again.evidence if again else None
        quantity = decimal_text(expected.quantity) if expected else "none"
        yield Check("line_quantity", line.line_id, quantity, decimal_text(line.evidence.quantity))
        yield Check(
            "line_events", line.line_id, str(expected.event_count) if expected else "0", str(line.evidence.event_count)
        )
        digest = digest_text(expected.digest) if expected else "none"
        yield Check("line_digest", line.line_id, digest, digest_text(line.evidence.digest))


def _check_values(stored: Stored) -> Iterator[Check]:
    """The lines of a matrix have all the events of their charge between them: a value that is left out shows."""
    for (part_id, charge_id), events in stored.whole.items():
        lines = [
            line.evidence
            for line in stored.invoice.lines
            if line.kind == "usage"
            and line.evidence
            and (line.segment_id, line.evidence.charge_id) == (part_id, charge_id)
        ]
        billed = total_events([Events(each.event_count, each.digest) for each in lines])
        yield Check("charge_events", None, _events_text(events), _events_text(billed))


def _events_text(events: Events) -> str:
    return f"{events.event_count} {digest_text(events.digest)}"


def line_again(stored: Stored, line: Line) -> Line | None:
    """The line as it comes out of the raw events and the stored plan version."""
    invoice, plan = stored.invoice, stored.plan
    charge = stored.charges.get(line.evidence.charge_id) if line.evidence else None
    value = line.evidence.group.value if line.evidence and line.evidence.group else None
    match line.kind:
        case "base" | "proration":
            in_advance = line.period.index > invoice.period.index
            return base_line(_part(stored, line), in_advance=in_advance)
        case "credit":
            return replace(line, amount_minor=-stored.prepaid_minor)
        case "usage":
            usage = stored.recounted.get(line.line_id)
            return usage_line(_part(stored, line), charge, usage, value) if charge and usage else None
        case "adjustment":
            usage, billed = stored.recounted.get(line.line_id), stored.billed.get(line.line_id)
            if not (charge and usage and billed):
                return None
            late = LateUsage(charge, line.segment_id or billed.invoice_id, billed, usage, value)
            return adjustment_line(invoice.invoice_id, late, plan.currency)
        case "carry_forward":
            return _carried_again(invoice, stored.credit_minor, line)


def _part(stored: Stored, line: Line) -> Part:
    """The part of a period that a line bills, as the line tells it."""
    plan = line.plan or PlanRef(stored.invoice.plan_id, stored.invoice.plan_version)
    segment_id = line.segment_id or stored.invoice.invoice_id
    segment = Segment(segment_id, line.period, 0, 0, "regular", *full_period(line), plan)
    return Part(segment, stored.plans[plan])


def _carried_again(invoice: Invoice, credit_minor: int, line: Line) -> Line | None:
    others: Sequence[Line] = [other for other in invoice.lines if other.kind != "carry_forward"]
    first, last = carry_forward_lines(invoice.invoice_id, others, credit_minor, invoice.period)
    return next((again for again in (*first, *last) if again.line_id == line.line_id), None)
