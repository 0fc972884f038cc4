"""Periods and their parts. A period is one part until a change of plan or a pause cuts it; each part is rated alone, all on one invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.pricing.proration import Share, share_of

SegmentKind = Literal["opening", "trial", "regular", "sweep"]
"""A `trial` bills neither base price nor usage. Without length: `opening`, whose invoice is the first base price in advance, and `sweep`,
whose invoice is late usage that no other one took up."""


@dataclass(frozen=True, slots=True)
class PlanRef:
    """A published version of a plan."""

    plan_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a period. All parts of a period share its index; the last one's end is when the invoice is made.

    `step` counts periods since the anchor. `full_start_at` and `full_end_at` are the period's as it would be uncut: what is agreed for
    a whole one is owed in proportion to them.
    """

    period_id: UUID
    period: Period
    segment: int
    step: int
    kind: SegmentKind
    full_start_at: datetime
    full_end_at: datetime
    plan: PlanRef
    paused: bool = False
    last: bool = True
    without_grace: bool = False

    @property
    def share(self) -> Share:
        """Its part of the full period."""
        return share_of(self.period.start_at, self.period.end_at, self.full_start_at, self.full_end_at)


def whole_period(segments: Sequence[Segment]) -> Period:
    """From the start of the first to the end of the last."""
    first, last = segments[0].period, segments[-1].period
    return Period(last.index, first.start_at, last.end_at)
