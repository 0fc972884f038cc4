"""The invoice of a running period as it would be by what is counted so far, and what a change of plan would make of it.

Nothing is stored: a preview does what the change itself does, in a transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import NotFound, StateConflict
from usageflow_common.ids import new_id
from usageflow_common.tokens import Caller
from usageflow_invoicer.domain.lifecycle import Change, Life, TooLate, advance, following
from usageflow_invoicer.domain.lines import Line, Part, ToBill, compose_lines
from usageflow_invoicer.domain.pricing.rating import AmountOutOfRange
from usageflow_invoicer.domain.segments import Segment
from usageflow_invoicer.schemas.subscriptions import ChangeInput
from usageflow_invoicer.service.bills import Wanted, read_bills, read_plans, share_credit
from usageflow_invoicer.service.changes import Asked, decide_plan, enact
from usageflow_invoicer.store import lives, progress, subscriptions
from usageflow_invoicer.store.lives import Living
from usageflow_invoicer.store.subscriptions import Locked, Subscription


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An invoice that is none yet."""

    subscription_id: UUID
    customer_id: str
    bill: ToBill
    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def usage_minor(self) -> int:
        """What the usage of the period costs."""
        return sum(line.amount_minor for line in self.lines if line.kind == "usage")

    def quantity_of(self, metric: str) -> Decimal:
        """Of a metric, over all parts of the period."""
        return sum(
            (
                line.evidence.quantity
                for line in self.lines
                if line.kind == "usage" and line.evidence is not None and line.evidence.metric == metric
            ),
            Decimal(0),
        )


@dataclass(frozen=True, slots=True)
class Running:
    """What a customer's live subscriptions come to so far; whatever was accepted before `counted_through` is in it."""

    upcoming: list[Upcoming]
    counted_through: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of plan at `at` makes of the period that it falls into, and what a whole period costs then without usage."""

    at: datetime
    upcoming: Upcoming
    next_period_minor: int


async def upcoming(engine: AsyncEngine, caller: Caller, subscription_id: UUID) -> Upcoming:
    """Of one subscription. StateConflict when it is canceled."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        found = await subscriptions.read_subscription(tx, caller.org_id, subscription_id)
        if found is None:
            raise NotFound
        if found.status == "canceled":
            raise StateConflict("The subscription is canceled.", found.status)
        return _only(await _running(tx, caller.org_id, [subscription_id]))


async def upcoming_of_customer(engine: AsyncEngine, caller: Caller, customer_id: str) -> Running:
    """Of each live subscription, oldest first; all of it from one snapshot."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        ids = await lives.live_of_customer(tx, caller.org_id, customer_id)
        return Running(await _running(tx, caller.org_id, ids), await progress.read_counted_through(tx))


async def preview_change(engine: AsyncEngine, caller: Caller, asked: Asked, wanted: ChangeInput) -> Preview:
    """What `change_plan` with the same body, and the preview's `at`, would do."""
    decided: list[Change] = []

    async def decide(tx: Transaction, subscription: Subscription) -> list[Change]:
        decided.append(await decide_plan(tx, subscription, wanted, asked.moment.now))
        return decided

    async with transaction(engine) as tx:
        tried = await tx.begin_nested()
        before, _ = await enact(tx, caller, asked, decide)
        preview = await _preview(tx, caller.org_id, before, decided[0])
        await tried.rollback()
    return preview


async def _preview(tx: Transaction, org_id: UUID, before: Subscription, change: Change) -> Preview:
    [living] = await lives.read_living(tx, org_id, [before.subscription_id])
    later = _later(living, change.at)
    cut = await lives.read_segments(tx, org_id, before.subscription_id, before.current_period.index)
    shown = _only(await compose(tx, org_id, [(living, cut or living.life.segments)]))
    follows = following(later.terms, later.newest, new_id)
    plans = await read_plans(tx, org_id, {follows.plan})
    return Preview(change.at, shown, _price_without_usage(follows, Part(follows, plans[follows.plan])))


def _price_without_usage(segment: Segment, part: Part) -> int:
    try:
        lines = compose_lines(ToBill(segment.period_id, (part,), {}))
    except AmountOutOfRange as error:
        raise too_large() from error
    return sum(line.amount_minor for line in lines)


async def _running(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]) -> list[Upcoming]:
    living = {each.subscription_id: each for each in await lives.read_living(tx, org_id, subscription_ids)}
    return await compose(tx, org_id, [(living[each], living[each].life.segments) for each in subscription_ids])


async def compose(
    tx: Transaction, org_id: UUID, wanted: Sequence[tuple[Living, tuple[Segment, ...]]]
) -> list[Upcoming]:
    """The invoices that these periods would have; each takes what the ones before it left of its customer's credit.

    One that cannot be rated is left out: it is a failure of the run that meets it, and hides nobody else.
    """
    named = [
        Wanted(Locked(living.subscription_id, living.customer_id), segments, _behind(living, segments))
        for living, segments in wanted
    ]
    composed: list[Upcoming] = []
    credit: dict[str, dict[str, int]] = {}
    for (living, _), whole in zip(wanted, await read_bills(tx, org_id, named), strict=True):
        left = credit.setdefault(living.customer_id, {})
        bill = share_credit(whole, left)
        try:
            lines = compose_lines(bill)
        except AmountOutOfRange:
            continue
        left[bill.plan.currency] += sum(line.amount_minor for line in lines if line.kind == "carry_forward")
        composed.append(Upcoming(living.subscription_id, living.customer_id, bill, lines))
    return composed


def _only(composed: Sequence[Upcoming]) -> Upcoming:
    """The one that was asked for; StateConflict when it cannot be rated."""
    if not composed:
        raise too_large()
    return composed[0]


def _behind(living: Living, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The period behind these parts: as it is, or as it will be made."""
    end_at, index = segments[-1].period.end_at, segments[-1].period.index + 1
    return tuple(each for each in _later(living, end_at).segments if each.period.index == index)


def _later(living: Living, at: datetime) -> Life:
    """Once `at` has come, with the changes that wait for it."""
    try:
        return advance(living.life, living.changes, at, new_id)[0]
    except TooLate:
        return living.life


def too_large() -> StateConflict:
    """An amount cannot be told in JSON: what it belongs to is not shown."""
    return StateConflict("An amount is too large to be told exactly.", "amount_out_of_range")
