"""Let subscriptions live on: make the periods that follow, apply the changes whose time has come, tell what has become of them.

A period is made or cut while no usage is applied, and filled from the windows that are there: none falls between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.ids import new_id
from usageflow_common.logs import get_logger
from usageflow_invoicer.domain.lifecycle import Change, Life, TooLate, advance
from usageflow_invoicer.domain.segments import Segment
from usageflow_invoicer.service.facts import subscription_facts
from usageflow_invoicer.store import applied, changes, dunnings, lives, plans, subscriptions, sums
from usageflow_invoicer.store.dunnings import Owing
from usageflow_invoicer.store.lives import Lived, Living
from usageflow_invoicer.store.runs import Failure
from usageflow_invoicer.store.subscriptions import Subscription, SubscriptionStatus, Suspension

_BATCH: Final = 200
_REST: Final = timedelta(minutes=1)
_NO_SUCH_TIME: Final = (ArithmeticError, LookupError, ValueError)
"""What the calendar raises where it ends, or does not know a zone."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Moment:
    """`now` is the organization's time, `wall` everybody's."""

    now: datetime
    wall: datetime


@dataclass(frozen=True, slots=True)
class _Step:
    """What has become of one subscription."""

    living: Living
    life: Life
    applied: tuple[Change, ...]

    @property
    def lived(self) -> Lived:
        """The parts that differ."""
        before = {segment.period_id: segment for segment in self.living.life.segments}
        after = {segment.period_id: segment for segment in self.life.segments}
        return Lived(
            self.living.subscription_id,
            self.living.customer_id,
            tuple(each for each in before if each not in after),
            tuple(after[each] for each in after if each in before and after[each] != before[each]),
            tuple(after[each] for each in after if each not in before),
        )

    @property
    def next_at(self) -> datetime:
        """When the next thing happens by itself."""
        done = {change.change_id for change in self.applied}
        waiting = [change.at for change in self.living.changes if change.change_id not in done]
        ends = [self.life.newest.period.end_at] if self.life.segments else [change.at for change in self.applied]
        return min([*ends, *waiting])


async def live_all(
    engine: AsyncEngine, org_id: UUID, moment: Moment, *, without: Iterable[UUID] = ()
) -> tuple[Failure, ...]:
    """Everything that has happened in the organization by now.

    A subscription whose next period cannot be told (its zone is unknown on this machine) is a failure, and stops nobody else. Its
    ended period must stay open meanwhile, or nothing would ever ask for the next one again.
    """
    failures: dict[UUID, Failure] = {}
    while True:
        async with transaction(engine) as tx:
            due = await lives.due_lives(tx, org_id, moment.now, without=(*without, *failures), limit=_BATCH)
            if not due:
                return tuple(failures.values())
            failures |= {failure.subscription_id: failure for failure in await live_on(tx, org_id, due, moment)}


async def live_everywhere(engine: AsyncEngine, clock: Clock, resting: dict[UUID, datetime]) -> None:
    """In every organization. A subscription that fails rests a minute: `resting` says until when; runs tell of it meanwhile."""
    wall = clock.wall()
    async with transaction(engine, read_only=True) as tx:
        due = await lives.due_organizations(tx, clock.latest())
    for org_id, next_at in due:
        now = clock.now(org_id)
        if next_at <= now:
            still = [each for each, until in resting.items() if until > wall]
            failures = await live_all(engine, org_id, Moment(now, wall), without=still)
            resting |= {failure.subscription_id: wall + _REST for failure in failures}


async def live_on(
    tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID], moment: Moment
) -> tuple[Failure, ...]:
    """These subscriptions, in a READ COMMITTED transaction."""
    # 1. No state is applied until we commit: none can fall between the filling and the first apply that sees a part.
    await applied.freeze_positions(tx)
    living = await lives.lock_living(tx, org_id, subscription_ids)
    before = {
        each.subscription_id: each
        for each in await subscriptions.read_subscriptions(tx, org_id, [each.subscription_id for each in living])
    }
    owed = await dunnings.owing(tx, org_id, subscription_ids)
    # 2. What has happened to each of them.
    steps, failures = [], []
    for each in living:
        try:
            life, done = advance(each.life, each.changes, moment.now, new_id)
        except (*_NO_SUCH_TIME, TooLate) as error:
            _log.error("next_period_unknown", subscription_id=str(each.subscription_id), exc_info=error)
            detail = "The period that follows cannot be computed; usage waits for it."
            failures.append(Failure(each.subscription_id, "next_period_unknown", detail))
            continue
        steps.append(_Step(each, life, done))
    # 3. Parts, with the usage that lies in them; states; facts.
    await _store_parts(tx, org_id, [step.lived for step in steps])
    await changes.end_changes(
        tx, org_id, [change.change_id for step in steps for change in step.applied], "applied", moment.wall
    )
    canceled = [step.living.subscription_id for step in steps if step.life.terms.canceled_at is not None]
    await changes.drop_waiting(tx, org_id, canceled, moment.wall)
    seen = []
    for step in steps:
        was = before[step.living.subscription_id]
        status, suspension = _status(was, step, owed.get(was.subscription_id))
        if await subscriptions.update_life(tx, was, step.life.terms, status, suspension, next_at=step.next_at):
            seen.append(step)
    await _tell(tx, org_id, seen, before=before, owed=owed, moment=moment)
    return tuple(failures)


async def _store_parts(tx: Transaction, org_id: UUID, lived: Sequence[Lived]) -> None:
    differing = [each for each in lived if each.removed or each.altered or each.added]
    if not differing:
        return
    filled: list[Segment] = [segment for each in differing for segment in (*each.altered, *each.added)]
    names = {segment.plan for segment in filled}
    versions = await plans.read_versions(tx, org_id, {(name.plan_id, name.number) for name in names})
    await lives.store_lived(
        tx, org_id, differing, {name: versions[name.plan_id, name.number].version for name in names}
    )
    await sums.fill_periods(tx, org_id, [segment.period_id for segment in filled])


def _status(was: Subscription, step: _Step, owing: Owing | None) -> tuple[SubscriptionStatus, Suspension | None]:
    """A cancellation goes before a pause, that before what is owed, that before a trial."""
    terms = step.life.terms
    if terms.canceled_at is not None:
        return "canceled", None
    if terms.paused:
        if was.suspension is not None and was.suspension.reason == "paused":
            return "suspended", was.suspension
        since = [change.at for change in step.applied if change.kind == "pause"]
        return "suspended", Suspension("paused", since[-1] if since else step.life.newest.period.start_at)
    if owing is not None and owing.suspended_at is not None:
        return "suspended", Suspension("payment_failed", owing.suspended_at)
    if owing is not None:
        return "past_due", None
    return ("trialing" if step.life.newest.kind == "trial" else "active"), None


async def _tell(
    tx: Transaction,
    org_id: UUID,
    seen: Sequence[_Step],
    *,
    before: Mapping[UUID, Subscription],
    owed: Mapping[UUID, Owing],
    moment: Moment,
) -> None:
    ids = [step.living.subscription_id for step in seen]
    after = {each.subscription_id: each for each in await subscriptions.read_subscriptions(tx, org_id, ids)}
    facts = []
    for step in seen:
        subscription_id = step.living.subscription_id
        reasons = [change.reason for change in step.applied if change.kind == "cancel"]
        owing = owed.get(subscription_id)
        facts += subscription_facts(
            before[subscription_id],
            after[subscription_id],
            moment.wall,
            reason=reasons[-1] if reasons else None,
            invoice_id=owing.invoice_id if owing else None,
        )
    await outbox.enqueue(tx, facts)
