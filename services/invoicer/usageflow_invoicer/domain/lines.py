"""The lines of an invoice: how a period's usage, late usage and an amount carried over become amounts.

An adjustment line bills late usage: the whole period rated again, minus everything that was billed for it before, so that any
number of adjustments adds up to what one invoice with all the usage would have said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias
from uuid import UUID, uuid5

from usageflow_common import metering
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Charge, Group, PlanVersion, Value
from usageflow_invoicer.domain.pricing.proration import WHOLE, Share, prorated_price
from usageflow_invoicer.domain.pricing.rating import Rated, in_range
from usageflow_invoicer.domain.pricing.steps import Step
from usageflow_invoicer.domain.rated_charges import rate_value, values_of
from usageflow_invoicer.domain.segments import PlanRef, Segment, whole_period
from usageflow_invoicer.domain.usage import NOTHING, Events, Usage, total_events

LineKind = Literal["base", "proration", "usage", "adjustment", "credit", "carry_forward"]


UsageKey: TypeAlias = tuple[UUID, UUID]
"""Part of a period, charge."""

ByValue: TypeAlias = Mapping[Value, Usage]
"""A charge's usage of a part: all of it under None, or with a matrix by the values of its key."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a period with the version of the plan that it is billed by."""

    segment: Segment
    plan: PlanVersion


@dataclass(frozen=True, slots=True)
class Adjusts:
    """The line that an adjustment corrects, the amount it would have today, and what was billed for it before.

    A value of a matrix's key that was new with the late usage had no line: then this is the one that it would have had.
    """

    invoice_id: UUID
    line_id: UUID
    rerated_minor: int
    billed_minor: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a line's amount was computed from. `event_count` and `digest` are of the events that this line bills.

    On an adjustment these are the late ones alone; what was taken away since counts below zero. `group` stands on lines of a matrix.
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
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `evidence` stands on usage and adjustment lines, `adjusts` on adjustments, `plan` on lines of a base price.

    `segment_id` names the part of a period that it bills, where it bills one; `share` is that part's.
    """

    line_id: UUID
    kind: LineKind
    description: str
    amount_minor: int
    period: Period
    evidence: Evidence | None = None
    adjusts: Adjusts | None = None
    plan: PlanRef | None = None
    segment_id: UUID | None = None
    share: Share = WHOLE


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A usage line of an earlier invoice, with all the adjustments of it so far."""

    invoice_id: UUID
    line_id: UUID
    period: Period
    share: Share
    amount_minor: int
    events: Events
    """Billed so far. Their value is not kept on lines and not needed: amounts are rated from the whole."""


@dataclass(frozen=True, slots=True)
class LateUsage:
    """A period that was invoiced, of which a charge's usage changed since: all of its usage as it is now."""

    charge: Charge
    segment_id: UUID
    billed: BilledLine
    usage: Usage
    value: Value = None


def base_line(part: Part, *, in_advance: bool = False) -> Line | None:
    """The base price of a part of a period; None where none is owed. Raises AmountOutOfRange."""
    segment, plan = part.segment, part.plan
    if not plan.base_price or segment.paused or segment.kind != "regular":
        return None
    share = segment.share
    amount = in_range(prorated_price(plan.base_price, share, plan.currency))
    return Line(
        uuid5(segment.period_id, "advance" if in_advance else "base"),
        "base" if share.whole else "proration",
        f"{plan.name}, in advance" if in_advance else plan.name,
        amount,
        segment.period,
        plan=segment.plan,
        segment_id=segment.period_id,
        share=share,
    )


def base_lines(parts: Sequence[Part], prepaid_minor: int) -> tuple[Line, ...]:
    """What is owed of a period's base price beside what was billed for it in advance: nothing where that is the same."""
    owed = [line for part in parts if (line := base_line(part)) is not None]
    if sum(line.amount_minor for line in owed) == prepaid_minor:
        return () if prepaid_minor else tuple(owed)
    if not prepaid_minor:
        return tuple(owed)
    first = parts[0]
    credit = Line(
        uuid5(first.segment.period_id, "prepaid"),
        "credit",
        f"{first.plan.name}, billed in advance",
        -prepaid_minor,
        whole_period([part.segment for part in parts]),
        plan=first.segment.plan,
    )
    return (*owed, credit)


def usage_lines(part: Part, usage: Mapping[UsageKey, ByValue]) -> Iterator[Line]:
    """A part's usage: a line for each charge, or for each value of its matrix that was used. Raises AmountOutOfRange."""
    if part.segment.kind != "regular":
        return
    for charge in part.plan.charges:
        found = usage.get((part.segment.period_id, charge.charge_id), {})
        for value in values_of(charge, used_values(found)):
            yield usage_line(part, charge, found.get(value, NOTHING), value)


def used_values(usage: ByValue) -> set[Value]:
    """Those that have usage; what was taken away altogether is none."""
    return {value for value, each in usage.items() if each.event_count or each.quantity}


def usage_line(part: Part, charge: Charge, usage: Usage, value: Value = None) -> Line:
    """A charge's usage of a part of a period, or that of one value. Raises AmountOutOfRange."""
    segment, share = part.segment, part.segment.share
    rated = rate_value(charge, value, usage.quantity, share, part.plan.currency)
    return Line(
        usage_line_id(segment.period_id, charge.charge_id, value),
        "usage",
        describe(charge, value),
        rated.amount_minor,
        segment.period,
        _evidence(charge, value, rated, usage.events),
        segment_id=segment.period_id,
        share=share,
    )


def usage_line_id(period_id: UUID, charge_id: UUID, value: Value) -> UUID:
    """The id of a usage line: always the same one for the same usage."""
    return uuid5(period_id, f"usage:{charge_id}" if value is None else f"usage:{charge_id}:{value}")


def describe(charge: Charge, value: Value) -> str:
    """What a line is called: `Calls`, `Calls (region: eu)`, `Calls (no region)`, `Calls (other region)`."""
    group = charge.group_of(value)
    if group is None:
        return charge.name
    match group.value:
        case "":
            named = f"no {group.property}"
        case metering.OTHER:
            named = f"other {group.property}"
        case _:
            named = f"{group.property}: {group.value}"
    return f"{charge.name} ({named})"


def adjustment_line(invoice_id: UUID, late: LateUsage, currency: str) -> Line | None:
    """The late usage of an invoiced period; None when it costs nothing. Raises AmountOutOfRange."""
    billed = late.billed
    rated = rate_value(late.charge, late.value, late.usage.quantity, billed.share, currency)
    amount = in_range(rated.amount_minor - billed.amount_minor)
    if not amount:
        return None
    return Line(
        uuid5(invoice_id, f"adjustment:{billed.line_id}"),
        "adjustment",
        describe(late.charge, late.value),
        amount,
        billed.period,
        _evidence(late.charge, late.value, rated, late.usage.events.minus(billed.events)),
        Adjusts(billed.invoice_id, billed.line_id, rated.amount_minor, billed.amount_minor),
        segment_id=late.segment_id,
        share=billed.share,
    )


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
    """Everything that one invoice is made of. `parts` are the period's; `next_parts` those whose base price is billed in advance.

    `usage` is by part and charge; `prepaid_minor` what earlier invoices billed in advance for this period.
    """

    invoice_id: UUID
    parts: tuple[Part, ...]
    usage: Mapping[UsageKey, ByValue]
    late: tuple[LateUsage, ...] = ()
    credit_minor: int = 0
    prepaid_minor: int = 0
    next_parts: tuple[Part, ...] = ()

    @property
    def period(self) -> Period:
        """From the first part to the last."""
        return whole_period([part.segment for part in self.parts])

    @property
    def plan(self) -> PlanVersion:
        """That of the last part: the one the subscription had at the end."""
        return self.parts[-1].plan


def compose_lines(bill: ToBill) -> tuple[Line, ...]:
    """All lines of the invoice, in order. Raises AmountOutOfRange."""
    currency = bill.plan.currency
    usage = (line for part in bill.parts for line in usage_lines(part, bill.usage))
    late = (adjustment_line(bill.invoice_id, each, currency) for each in bill.late)
    ahead = (base_line(part, in_advance=True) for part in bill.next_parts if part.plan.billing == "advance")
    found = (*base_lines(bill.parts, bill.prepaid_minor), *usage, *ahead, *late)
    lines = [line for line in found if line is not None]
    first, last = carry_forward_lines(bill.invoice_id, lines, bill.credit_minor, bill.period)
    return (*first, *lines, *last)


def full_period(line: Line) -> tuple[datetime, datetime]:
    """From when to when the period would have been uncut, as the share of its line tells."""
    if line.share == WHOLE:  # also lines of the time before periods had parts
        return line.period.start_at, line.period.end_at
    start_at = line.period.start_at - timedelta(seconds=line.share.offset)
    return start_at, start_at + timedelta(seconds=line.share.denominator)


def billed_so_far(original: Line, invoice_id: UUID, adjustments: Sequence[Line]) -> BilledLine:
    """A usage line together with the adjustments of it."""
    every = (original, *adjustments)
    counted = [Events(line.evidence.event_count, line.evidence.digest) for line in every if line.evidence]
    amount = sum(line.amount_minor for line in every)
    return BilledLine(
        invoice_id,
        original.line_id,
        original.period,
        original.share,
        amount,
        total_events(counted),
    )


def _evidence(charge: Charge, value: Value, rated: Rated, events: Events) -> Evidence:
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
        charge.group_of(value),
    )
