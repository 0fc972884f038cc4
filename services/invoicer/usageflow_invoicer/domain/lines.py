"""The lines of an invoice: how a period's usage, late usage and an amount carried over become amounts.

An adjustment line bills late usage: the whole period rated again, minus everything that was billed for it before, so that any
number of adjustments adds up to what one invoice with all the usage would have said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

from usageflow_common.money import round_to_minor
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Charge, PlanVersion
from usageflow_invoicer.domain.pricing.rating import Rated, in_range, rate
from usageflow_invoicer.domain.pricing.steps import Step
from usageflow_invoicer.domain.usage import Events, Usage, total_events

LineKind = Literal["base", "usage", "adjustment", "carry_forward"]


@dataclass(frozen=True, slots=True)
class Adjusts:
    """The line that an adjustment corrects, the amount it would have today, and what was billed for it before."""

    invoice_id: UUID
    line_id: UUID
    rerated_minor: int
    billed_minor: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a line's amount was computed from. `event_count` and `digest` are of the events that this line bills.

    On an adjustment these are the late ones alone; what was taken away since counts below zero.
    """

    charge_id: UUID
    metric_id: UUID
    metric: str
    model: str
    quantity: Decimal
    included_units: Decimal
    billable_units: Decimal
    steps: tuple[Step, ...]
    unrounded: Decimal
    event_count: int
    digest: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `evidence` stands on usage and adjustment lines, `adjusts` on adjustments."""

    line_id: UUID
    kind: LineKind
    description: str
    amount_minor: int
    period: Period
    evidence: Evidence | None = None
    adjusts: Adjusts | None = None


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A usage line of an earlier invoice, with all the adjustments of it so far."""

    invoice_id: UUID
    line_id: UUID
    period: Period
    amount_minor: int
    events: Events
    """Billed so far. Their value is not kept on lines and not needed: amounts are rated from the whole."""


@dataclass(frozen=True, slots=True)
class LateUsage:
    """A period that was invoiced, of which a charge's usage changed since: all of its usage as it is now."""

    charge: Charge
    billed: BilledLine
    usage: Usage


def base_line(invoice_id: UUID, plan: PlanVersion, period: Period) -> Line | None:
    """The base price, in arrears; None when the plan has none."""
    amount = in_range(round_to_minor(plan.base_price, plan.currency))
    if not plan.base_price:
        return None
    return Line(uuid5(invoice_id, "base"), "base", plan.name, amount, period)


def usage_line(invoice_id: UUID, charge: Charge, usage: Usage, currency: str, period: Period) -> Line:
    """A charge's usage of the period. Raises AmountOutOfRange."""
    rated = rate(charge.pricing, usage.quantity, currency)
    line_id = uuid5(invoice_id, f"usage:{charge.charge_id}")
    return Line(line_id, "usage", charge.name, rated.amount_minor, period, _evidence(charge, rated, usage.events))


def adjustment_line(invoice_id: UUID, late: LateUsage, currency: str) -> Line | None:
    """The late usage of an invoiced period; None when it costs nothing. Raises AmountOutOfRange."""
    rated = rate(late.charge.pricing, late.usage.quantity, currency)
    amount = in_range(rated.amount_minor - late.billed.amount_minor)
    if not amount:
        return None
    adjusts = Adjusts(late.billed.invoice_id, late.billed.line_id, rated.amount_minor, late.billed.amount_minor)
    line_id = uuid5(invoice_id, f"adjustment:{late.billed.line_id}")
    evidence = _evidence(late.charge, rated, late.usage.events.minus(late.billed.events))
    return Line(line_id, "adjustment", late.charge.name, amount, late.billed.period, evidence, adjusts)


def carry_forward_lines(
    invoice_id: UUID, lines: Sequence[Line], credit_minor: int, period: Period
) -> tuple[list[Line], list[Line]]:
    """Lines to put first and last: an earlier credit comes off, and what would make the total negative is carried on.

    `credit_minor` (0 or more) is what earlier invoices of this customer and currency carried forward.
    """
    first = []
    if credit_minor:
        line_id = uuid5(invoice_id, "carried_in")
        first.append(Line(line_id, "carry_forward", "Carried forward", -credit_minor, period))
    total = in_range(sum(line.amount_minor for line in (*first, *lines)))
    if total >= 0:
        return first, []
    line_id = uuid5(invoice_id, "carried_out")
    return first, [Line(line_id, "carry_forward", "Carried to the next invoice", -total, period)]


@dataclass(frozen=True, slots=True)
class ToBill:
    """Everything that one invoice is made of. `usage` has an entry for each charge of the plan."""

    invoice_id: UUID
    plan: PlanVersion
    period: Period
    usage: dict[UUID, Usage]
    late: tuple[LateUsage, ...]
    credit_minor: int


def compose_lines(bill: ToBill) -> tuple[Line, ...]:
    """All lines of the invoice, in order. Raises AmountOutOfRange."""
    base = base_line(bill.invoice_id, bill.plan, bill.period)
    currency = bill.plan.currency
    usage = (
        usage_line(bill.invoice_id, charge, bill.usage[charge.charge_id], currency, bill.period)
        for charge in bill.plan.charges
    )
    late = (adjustment_line(bill.invoice_id, each, currency) for each in bill.late)
    lines = [line for line in (base, *usage, *late) if line is not None]
    first, last = carry_forward_lines(bill.invoice_id, lines, bill.credit_minor, bill.period)
    return (*first, *lines, *last)


def billed_so_far(original: Line, invoice_id: UUID, adjustments: Sequence[Line]) -> BilledLine:
    """A usage line together with the adjustments of it."""
    every = (original, *adjustments)
    counted = [Events(line.evidence.event_count, line.evidence.digest) for line in every if line.evidence]
    amount = sum(line.amount_minor for line in every)
    return BilledLine(invoice_id, original.line_id, original.period, amount, total_events(counted))


def _evidence(charge: Charge, rated: Rated, events: Events) -> Evidence:
    return Evidence(
        charge.charge_id,
        charge.metric_id,
        charge.metric,
        charge.model,
        rated.quantity,
        rated.included_units,
        rated.billable_units,
        rated.steps,
        rated.unrounded,
        events.event_count,
        events.digest,
    )
