"""The life of a subscription, as pure functions: which parts of periods follow from what was agreed, and what a change makes of them.

A change never reaches back behind the newest period. A change of plan, a pause and a resumption cut it; another interval and a
cancellation end it. At the very end of a period a change cuts nothing: the next one is made by the new terms, or is not made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from usageflow_common.clock import window_start
from usageflow_invoicer.domain.periods import Interval, Period, Rhythm, instant_of
from usageflow_invoicer.domain.segments import PlanRef, Segment, SegmentKind

ChangeKind = Literal["change_plan", "pause", "resume", "cancel"]
NewId: TypeAlias = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a subscription takes from its version of a plan."""

    plan: PlanRef
    interval: Interval
    interval_count: int

    @property
    def interval_of(self) -> tuple[Interval, int]:
        """How long a period is."""
        return self.interval, self.interval_count


@dataclass(frozen=True, slots=True)
class Terms:
    """What the periods to come are computed from."""

    plan: PlanTerms
    anchor_at: datetime
    time_zone: str
    paused: bool = False
    canceled_at: datetime | None = None

    @property
    def rhythm(self) -> Rhythm:
        """The boundaries of periods."""
        return Rhythm(self.anchor_at, self.time_zone, self.plan.interval, self.plan.interval_count)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen at an instant; `plan` on a change of plan. Equal instants go by `change_id`."""

    change_id: UUID
    kind: ChangeKind
    at: datetime
    plan: PlanTerms | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """Terms, and the parts of the newest period and those made since, oldest first; only a canceled one may have none."""

    terms: Terms
    segments: tuple[Segment, ...]

    @property
    def newest(self) -> Segment:
        """The last part there is."""
        return self.segments[-1]


class TooLate(Exception):
    """The change lies before the newest period."""


def trial_end(start_at: datetime, days: int, time_zone: str) -> datetime:
    """So many civil days later, at the beginning of a window."""
    zone = ZoneInfo(time_zone)
    civil = start_at.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return window_start(instant_of(civil, zone))


@dataclass(frozen=True, slots=True)
class Start:
    """How a subscription begins. `anchored`: its anchor was given; else a trial's end becomes it."""

    start_at: datetime
    trial_end_at: datetime | None = None
    in_advance: bool = False
    anchored: bool = False


def begin(terms: Terms, start: Start, new_id: NewId) -> Life:
    """The first parts: a trial, or the period that the start falls into, behind an opening where the first base price is due at once."""
    start_at, trial_end_at = start.start_at, start.trial_end_at
    if trial_end_at is not None:
        period = Period(0, start_at, trial_end_at)
        trial = _segment(new_id(), period, 0, "trial", full=(start_at, trial_end_at), terms=terms)
        anchor_at = terms.anchor_at if start.anchored else trial_end_at
        return Life(replace(terms, anchor_at=anchor_at), (replace(trial, without_grace=True),))
    step = terms.rhythm.step_of(start_at)
    full = terms.rhythm.period(step)
    first = _segment(
        new_id(), Period(0, start_at, full.end_at), step, "regular", full=(full.start_at, full.end_at), terms=terms
    )
    if not start.in_advance:
        return Life(terms, (first,))
    opening = _segment(
        new_id(), Period(-1, start_at, start_at), step, "opening", full=(full.start_at, full.end_at), terms=terms
    )
    return Life(terms, (replace(opening, without_grace=True), first))


def following(terms: Terms, newest: Segment, new_id: NewId) -> Segment:
    """The period behind the newest part: the one that begins there, or after a trial the rest of the one that its end falls into."""
    end_at = newest.period.end_at
    if newest.kind == "trial" or end_at == window_start(terms.anchor_at):
        period = terms.rhythm.period(terms.rhythm.step_of(end_at))
    else:
        period = terms.rhythm.following(newest.step)
    # A boundary that the calendar moved (the zone's rules have changed since) must leave no gap.
    made = Period(newest.period.index + 1, end_at, period.end_at)
    full = (min(end_at, period.start_at), period.end_at)
    return _segment(new_id(), made, period.index, "regular", full=full, terms=terms)


def advance(life: Life, changes: Sequence[Change], now: datetime, new_id: NewId) -> tuple[Life, tuple[Change, ...]]:
    """Everything that has happened by `now`, in its order, and the changes that were applied.

    TooLate when a change lies before the newest period; ArithmeticError, LookupError or ValueError where the calendar ends.
    """
    waiting = sorted(
        (change for change in changes if change.at <= now), key=lambda change: (change.at, change.change_id)
    )
    applied: list[Change] = []
    while life.terms.canceled_at is None:
        if waiting and waiting[0].at <= life.newest.period.end_at:
            change = waiting.pop(0)
            life = apply_change(life, change, new_id)
            applied.append(change)
        elif life.newest.period.end_at <= now:
            life = Life(life.terms, (*life.segments, following(life.terms, life.newest, new_id)))
        else:
            break
    return life, tuple(applied)


def apply_change(life: Life, change: Change, new_id: NewId) -> Life:
    """What one change makes of the newest period. It lies within, or at its end."""
    newest = life.newest
    if change.at < newest.period.start_at:
        raise TooLate
    terms = _changed(life.terms, change)
    at_end = change.at == newest.period.end_at
    if change.kind == "cancel":
        if at_end:
            return Life(terms, life.segments)
        return Life(terms, _cut(life.segments, change.at, last=True, without_grace=True))
    other_rhythm = terms.plan.interval_of != life.terms.plan.interval_of
    if newest.kind == "trial":
        return Life(terms, life.segments)  # it bills nothing, and its end is the anchor already
    if at_end:
        return Life(replace(terms, anchor_at=change.at) if other_rhythm else terms, life.segments)
    if not other_rhythm:
        head = _cut(life.segments, change.at, last=False)
        segment = newest.segment + (1 if head and head[-1].period_id == newest.period_id else 0)
        rest = replace(
            newest,
            period_id=new_id(),
            period=replace(newest.period, start_at=change.at),
            segment=segment,
            plan=terms.plan.plan,
            paused=terms.paused,
        )
        return Life(terms, (*head, rest))
    terms = replace(terms, anchor_at=change.at)
    head = _cut(life.segments, change.at, last=True)
    cut = bool(head) and head[-1].period.index == newest.period.index
    full = terms.rhythm.period(0)
    period = Period(newest.period.index + (1 if cut else 0), change.at, full.end_at)
    return Life(
        terms, (*head, _segment(new_id(), period, 0, "regular", full=(full.start_at, full.end_at), terms=terms))
    )


def _changed(terms: Terms, change: Change) -> Terms:
    match change.kind:
        case "change_plan":
            return replace(terms, plan=change.plan or terms.plan)
        case "pause":
            return replace(terms, paused=True)
        case "resume":
            return replace(terms, paused=False)
        case "cancel":
            return replace(terms, canceled_at=change.at)


def _cut(
    segments: tuple[Segment, ...], at: datetime, *, last: bool, without_grace: bool = False
) -> tuple[Segment, ...]:
    """The parts before `at`, the last of which ends its period or does not. A part of no length is none."""
    *before, newest = segments
    if at > newest.period.start_at:
        before.append(replace(newest, period=replace(newest.period, end_at=at)))
    elif not before or before[-1].period.index != newest.period.index:
        return tuple(before)
    before[-1] = replace(before[-1], last=last, without_grace=without_grace)
    return tuple(before)


def _segment(
    period_id: UUID, period: Period, step: int, kind: SegmentKind, *, full: tuple[datetime, datetime], terms: Terms
) -> Segment:
    return Segment(period_id, period, 0, step, kind, *full, terms.plan.plan, terms.paused)
