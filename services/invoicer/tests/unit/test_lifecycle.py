"""Whatever is decided of a subscription, and in whatever portions its time passes: its parts tile time, and only what is agreed is owed."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_invoicer.domain.lifecycle import (
    Change,
    Life,
    PlanTerms,
    Start,
    Terms,
    TooLate,
    advance,
    begin,
    trial_end,
)
from usageflow_invoicer.domain.lines import Part, base_lines
from usageflow_invoicer.domain.plans import PlanVersion
from usageflow_invoicer.domain.segments import PlanRef

START = datetime(2026, 1, 31, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
PLANS = [
    PlanTerms(PlanRef(UUID(int=1), 1), "month", 1),
    PlanTerms(PlanRef(UUID(int=2), 1), "month", 1),
    PlanTerms(PlanRef(UUID(int=3), 1), "week", 2),
    PlanTerms(PlanRef(UUID(int=4), 1), "day", 1),
]
INSTANTS = st.integers(0, 120 * 96).map(lambda windows: START + windows * WINDOW)


def ids():
    numbers = itertools.count(1)
    return lambda: UUID(int=next(numbers))


def changes_of(drawn) -> list[Change]:
    return [
        Change(UUID(int=number), kind, at, PLANS[plan] if kind == "change_plan" else None)
        for number, (kind, at, plan) in enumerate(drawn)
    ]


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["change_plan", "pause", "resume", "change_plan", "cancel"]), INSTANTS, st.integers(0, 3)
    ),
    max_size=8,
).map(changes_of)
STARTS = st.builds(
    Start,
    st.just(START),
    st.one_of(st.none(), st.integers(1, 40).map(lambda days: trial_end(START, days, "Europe/Berlin"))),
    st.booleans(),
)


def live(start: Start, changes: list[Change], nows: list[datetime]) -> Life:
    """Let time pass in portions; each change becomes known no later than it is due."""
    new_id, done = ids(), set()
    life = begin(Terms(PLANS[0], START, "Europe/Berlin"), start, new_id)
    for now in [*sorted(nows), START + timedelta(days=130)]:
        waiting = [change for change in changes if change.change_id not in done]
        life, applied = advance(life, waiting, now, new_id)
        done |= {change.change_id for change in applied}
    return life


def shape(life: Life) -> list:
    return [replace(segment, period_id=UUID(int=0)) for segment in life.segments]


@given(STARTS, CHANGES)
def test_parts_tile_time_from_the_start_to_the_end(start, changes):
    life = live(start, changes, [])
    parts = [segment for segment in life.segments if segment.kind != "opening"]
    assert [segment.kind for segment in life.segments].count("opening") == (
        start.in_advance and start.trial_end_at is None
    )
    for one, other in itertools.pairwise(parts):
        assert one.period.end_at == other.period.start_at
        same = one.period.index == other.period.index
        assert other.period.index == one.period.index + (not same)
        assert other.segment == (one.segment + 1 if same else 0)
        assert one.last != same
    if parts:
        assert (parts[0].period.start_at, parts[0].period.index, parts[0].segment) == (START, 0, 0)
        assert parts[-1].last
        assert all(segment.period.start_at < segment.period.end_at for segment in parts)
        assert all(segment.full_start_at <= segment.period.start_at for segment in parts)
        assert all(segment.period.end_at <= segment.full_end_at for segment in parts)
    canceled_at = min((change.at for change in changes if change.kind == "cancel"), default=None)
    assert life.terms.canceled_at == canceled_at
    if parts and canceled_at is not None:
        assert parts[-1].period.end_at == canceled_at


@given(STARTS, CHANGES, st.lists(INSTANTS, max_size=10))
def test_in_whatever_portions_time_passes_the_parts_are_the_same(start, changes, nows):
    assert shape(live(start, changes, nows)) == shape(live(start, changes, []))


@given(st.lists(st.tuples(INSTANTS, st.integers(0, 1)), max_size=6), st.integers(0, 10**6))
def test_without_a_pause_each_whole_period_costs_its_price_however_it_is_cut(cuts, cents):
    """Two plans of one price: what is owed of a period is that price to the last cent."""
    changes = changes_of([("change_plan", at, plan) for at, plan in cuts])
    life = live(Start(START), changes, [])
    price = Decimal(cents).scaleb(-3)
    versions = {
        terms.plan: PlanVersion(terms.plan.plan_id, "P", "P", "USD", 1, "month", 1, price, "arrears", 0, ())
        for terms in PLANS
    }
    for _, parts in itertools.groupby(life.segments, key=lambda segment: segment.period.index):
        lines = base_lines([Part(segment, versions[segment.plan]) for segment in parts], 0)
        assert sum(line.amount_minor for line in lines) == (cents * 2 + 10) // 20


def test_a_pause_owes_no_base_price_and_the_rest_is_by_the_second():
    pause = Change(UUID(int=1), "pause", START + timedelta(days=7))
    resume = Change(UUID(int=2), "resume", START + timedelta(days=14))
    life = live(Start(START), [pause, resume], [])
    february = [segment for segment in life.segments if segment.period.index == 0]
    assert [segment.paused for segment in february] == [False, True, False]
    version = PlanVersion(UUID(int=1), "P", "P", "USD", 1, "month", 1, Decimal(28), "arrears", 0, ())
    lines = base_lines([Part(segment, version) for segment in february], 0)
    assert [(line.kind, line.amount_minor) for line in lines] == [("proration", 700), ("proration", 1400)]


def test_what_was_billed_in_advance_is_settled_only_where_it_differs():
    version = PlanVersion(UUID(int=1), "P", "P", "USD", 1, "month", 1, Decimal(28), "advance", 0, ())
    whole = live(Start(START), [], []).segments[:1]
    assert base_lines([Part(segment, version) for segment in whole], 2800) == ()
    cut = live(Start(START), [Change(UUID(int=1), "cancel", START + timedelta(days=7))], []).segments
    lines = base_lines([Part(segment, version) for segment in cut], 2800)
    assert [(line.kind, line.amount_minor) for line in lines] == [("proration", 700), ("credit", -2800)]


def test_another_interval_makes_the_change_the_anchor():
    at = START + timedelta(days=3)
    life = live(Start(START), [Change(UUID(int=1), "change_plan", at, PLANS[2])], [])
    first, second, third = life.segments[:3]
    assert (first.period.end_at, first.last) == (at, True)
    assert (second.period.start_at, second.period.end_at) == (at, at + timedelta(days=14))
    assert third.period.start_at == at + timedelta(days=14)


def test_a_trial_bills_nothing_and_its_end_is_the_anchor():
    end = trial_end(START, 10, "UTC")
    life = live(Start(START, end), [], [])
    assert [segment.kind for segment in life.segments[:2]] == ["trial", "regular"]
    assert life.terms.anchor_at == end
    assert (life.segments[1].period.start_at, life.segments[1].full_start_at) == (end, end)


def test_an_anchor_that_is_given_cuts_the_first_period_short():
    terms = Terms(PLANS[0], datetime(2026, 2, 1, tzinfo=UTC), "UTC")
    [first] = begin(terms, Start(START, anchored=True), ids()).segments
    assert (first.period.end_at, first.full_start_at) == (
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert first.share.numerator * 31 == first.share.denominator


def test_a_change_that_lies_before_the_newest_period_is_too_late():
    life = live(Start(START), [], [])
    with pytest.raises(TooLate):
        advance(life, [Change(UUID(int=9), "pause", START)], START + timedelta(days=130), ids())
