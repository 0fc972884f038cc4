"""Adjustments add up; nothing is billed twice; a negative total is carried on."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whole_parts import plan_with, whole

from usageflow_invoicer.domain.lines import (
    LateUsage,
    ToBill,
    adjustment_line,
    billed_so_far,
    carry_forward_lines,
    compose_lines,
    usage_line,
)
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Charge
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.rating import Pricing
from usageflow_invoicer.domain.usage import DIGEST_MODULUS, NOTHING, Events, Usage

PERIOD = Period(0, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
INVOICE = UUID(int=1)
CHARGE = Charge(
    UUID(int=2),
    UUID(int=3),
    "API_CALL",
    "SUM",
    "API calls",
    "per_unit",
    Pricing(PerUnit(Decimal("0.01")), Decimal(10_000)),
)
PLAN = plan_with(CHARGE)
PART = whole(INVOICE, PERIOD, PLAN)
USAGES = st.builds(
    Usage,
    st.integers(0, 10**6),
    st.decimals(-(10**6), 10**6, places=3, allow_nan=False),
    st.integers(0, DIGEST_MODULUS - 1),
)

EVENTS = st.builds(Events, st.integers(0, 10**6), st.integers(0, DIGEST_MODULUS - 1))


def bill(usage: Usage, credit_minor: int = 0, late: tuple[LateUsage, ...] = ()) -> ToBill:
    return ToBill(INVOICE, (PART,), {(INVOICE, CHARGE.charge_id): {None: usage}}, late, credit_minor)


def test_the_example_that_must_always_hold():
    lines = compose_lines(bill(Usage(12_000, Decimal(12_000), 7)))
    assert [(line.kind, line.amount_minor) for line in lines] == [("base", 10_000), ("usage", 2_000)]
    assert lines[1].evidence is not None
    assert (lines[1].evidence.billable_units, lines[1].evidence.unrounded) == (Decimal(2_000), Decimal(20))


@given(st.lists(USAGES, min_size=1, max_size=6))
def test_an_original_and_its_adjustments_add_up_to_one_invoice_with_everything(arrivals):
    """However usage is split over time: amounts, counts and digests end where a single invoice would have ended."""
    seen = arrivals[0]
    original = usage_line(PART, CHARGE, seen)
    adjustments = []
    for number, arrival in enumerate(arrivals[1:], 2):
        events = seen.events.plus(arrival.events)
        seen = Usage(events.event_count, seen.quantity + arrival.quantity, events.digest)
        late = LateUsage(CHARGE, INVOICE, billed_so_far(original, INVOICE, adjustments), seen)
        line = adjustment_line(UUID(int=100 + number), late, "USD")
        if line is not None:
            adjustments.append(line)
    whole = usage_line(PART, CHARGE, seen)
    assert original.amount_minor + sum(line.amount_minor for line in adjustments) == whole.amount_minor
    billed = billed_so_far(original, INVOICE, adjustments)
    assert billed.amount_minor == whole.amount_minor


def test_late_usage_within_the_included_units_makes_no_line():
    original = usage_line(PART, CHARGE, Usage(10, Decimal(10), 1))
    late = LateUsage(CHARGE, INVOICE, billed_so_far(original, INVOICE, ()), Usage(11, Decimal(11), 2))
    assert adjustment_line(UUID(int=9), late, "USD") is None


def test_an_adjustment_names_its_line_and_counts_only_the_late_events():
    original = usage_line(PART, CHARGE, Usage(12_000, Decimal(12_000), 5))
    late = LateUsage(CHARGE, INVOICE, billed_so_far(original, INVOICE, ()), Usage(12_300, Decimal(12_300), 9))
    line = adjustment_line(UUID(int=9), late, "USD")
    assert line is not None
    assert line.evidence is not None
    assert line.adjusts is not None
    assert (line.amount_minor, line.evidence.event_count, line.evidence.digest) == (300, 300, 4)
    assert (line.adjusts.line_id, line.adjusts.rerated_minor, line.adjusts.billed_minor) == (
        original.line_id,
        2300,
        2000,
    )


def test_a_negative_total_is_carried_to_the_next_invoice():
    original = usage_line(PART, CHARGE, Usage(30_000, Decimal(30_000), 5))
    late = LateUsage(CHARGE, INVOICE, billed_so_far(original, INVOICE, ()), Usage(0, Decimal(0), 0))
    first = compose_lines(bill(NOTHING, late=(late,)))
    assert [line.amount_minor for line in first] == [10_000, 0, -20_000, 10_000]
    assert sum(line.amount_minor for line in first) == 0
    second = compose_lines(bill(NOTHING, credit_minor=10_000))
    assert [line.amount_minor for line in second] == [-10_000, 10_000, 0]


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=12))
def test_nothing_is_lost_by_carrying(totals):
    """Over any sequence of totals: what was invoiced, minus what is still carried, is the sum of the totals; no total is negative."""
    credit, invoiced = 0, 0
    for number, total in enumerate(totals):
        line = usage_line(PART, CHARGE, NOTHING)
        line = type(line)(line.line_id, "usage", "x", total, PERIOD)
        first, last = carry_forward_lines(UUID(int=number), [line], credit, PERIOD)
        amount = sum(each.amount_minor for each in (*first, line, *last))
        credit += sum(each.amount_minor for each in (*first, *last))
        assert amount >= 0
        assert credit >= 0
        invoiced += amount
    assert invoiced - credit == sum(totals)


@given(EVENTS, EVENTS)
def test_events_can_be_taken_away_again(one, other):
    assert one.plus(other).minus(other) == one


@pytest.mark.parametrize("base_price", ["0", "100"])
def test_a_plan_without_base_price_has_no_base_line(base_price):
    part = whole(INVOICE, PERIOD, plan_with(base_price=base_price))
    lines = compose_lines(ToBill(INVOICE, (part,), {}))
    assert [line.kind for line in lines] == ([] if base_price == "0" else ["base"])
