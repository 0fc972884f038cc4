"""Counting: everything that a batch changes, and the position behind it, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.domain.definition import FindDefinition
from usageflow_aggregator.domain.groups import placing, wanted_groups
from usageflow_aggregator.domain.ledger import Settlement, candidates, settle
from usageflow_aggregator.domain.packing import Echo, Link, pack
from usageflow_aggregator.domain.reading import Reading
from usageflow_aggregator.domain.receipts import receipts_of
from usageflow_aggregator.service.correcting import Ledger, Plan, count_by_backfill, pass_on, plan_batch
from usageflow_aggregator.service.days import make_days
from usageflow_aggregator.service.folding import fold_plan, tell_points, tell_windows, to_invoicer
from usageflow_aggregator.service.groups import AdmittedGroups, settle_groups
from usageflow_aggregator.store import correcting, events, keys, positions, receipts, refused, reverting, windows
from usageflow_common import outbox
from usageflow_common.database import Transaction, transaction
from usageflow_common.records import Marker, Quarantined


@dataclass(frozen=True, slots=True)
class Counted:
    """Committed: the batch's position is now `next`."""

    next: int
    fresh: int
    duplicates: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Fenced:
    """Another position or generation is stored than the one that this worker holds; nothing was done."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What counting stands on besides the batch: what metrics are, the key of digests, and the groups known to be admitted."""

    find: FindDefinition
    digest_key: bytes
    admitted: AdmittedGroups = field(default_factory=AdmittedGroups)


async def count_batch(
    engine: AsyncEngine,
    reading: Reading,
    generation: int,
    damaged: Sequence[refused.Damaged],
    counting: Counting,
) -> Counted | Fenced:
    """Count one batch of one partition: effects and position in one READ COMMITTED transaction.

    Raises nothing that means "lost": any exception rolls everything back, and the batch is read again.
    """
    try:
        return await _count(engine, reading, generation, damaged, counting)
    except asyncpg.UndefinedTableError:
        # A day that was not made ahead: a log is replayed, or the broker's clock is another. Nothing was done yet.
        await make_days(engine, (day_of(usage.appended_at) for usage in reading.usages))
        return await _count(engine, reading, generation, damaged, counting)


async def _count(
    engine: AsyncEngine,
    reading: Reading,
    generation: int,
    damaged: Sequence[refused.Damaged],
    counting: Counting,
) -> Counted | Fenced:
    shard = reading.partition
    async with transaction(engine) as tx:
        # 1. The fence. First write of the transaction: whoever passes is the only one to count this batch.
        if not await positions.advance_position(tx, reading, generation):
            return Fenced()
        if reading.reverts:
            await reverting.take_time(tx)
        # 2. New keys; what the other keys were counted with; from here on it is known what each event is, and each correction.
        await windows.prefer_keys(tx)
        ledger = await _settle(tx, reading)
        settlement = ledger.settlement
        plan = await plan_batch(tx, reading, ledger, counting.find, counting.digest_key)
        # 3. Raw events and what was said about them since; contradictions, damage.
        await _keep(tx, shard, settlement, plan)
        await receipts.add_receipts(tx, shard, receipts_of(settlement))
        await refused.insert_conflicts(tx, shard, settlement.conflicts)
        await refused.insert_quarantined(tx, shard, damaged)
        released = await refused.release_quarantined(tx, shard, reading.freed)
        # 4. Windows. Peaks that have left are found again among what step 3 has written.
        wanted = wanted_groups(plan.coming, plan.effects)
        known = counting.admitted.known(shard, generation)
        groups = await settle_groups(tx, shard, wanted, known, counting.admitted.groups_max)
        link = Link(generation, shard, reading.asked, reading.after)
        folded = await fold_plan(tx, link, plan, placing(groups), counting.find)
        # 5. The account balances, or the database refuses all of it.
        await positions.settle_account(tx, reading, settlement)
        # 6. The one record that tells the invoicer. Positions after the keys: a key's first copy may have been counted behind the
        #    marker of another partition, and then that partition has to be applied as far as it had come by now.
        where = await positions.read_positions(tx) if reading.markers else ()
        states, points = tell_windows(folded.windows.values()), tell_points(folded.points.values())
        records = [to_invoicer(record) for record in pack(link, states, points, _echo(reading, released, where))]
        await outbox.enqueue(tx, [pass_on(correction, partition) for correction, partition in plan.passed_on] + records)
    counting.admitted.learn(shard, generation, groups)
    return Counted(reading.after, len(settlement.fresh), len(settlement.duplicates), len(settlement.conflicts))


async def _settle(tx: Transaction, reading: Reading) -> Ledger:
    if not reading.usages and not reading.corrections:
        return Ledger(Settlement((), (), ()), {}, frozenset())
    claims = candidates(reading.usages, reading.corrections)
    claimed = await keys.claim_keys(tx, reading.partition, claims)
    tombstones = frozenset(void.key for void in claims.voids if void.offset in claimed)
    # A second statement, with a snapshot of its own: it sees the keys that the first one waited for.
    taken = {usage.key for usage in claims.usages if usage.offset in claimed} | tombstones
    asked = [usage.key for usage in claims.usages] + [correction.key for correction in reading.corrections]
    known = await keys.find_known(tx, (key for key in asked if key not in taken))
    return Ledger(settle(reading.usages, claimed, known, tombstones), known, tombstones)


async def _keep(tx: Transaction, shard: int, settlement: Settlement, plan: Plan) -> None:
    await events.insert_events(tx, shard, settlement.fresh)
    await correcting.insert_corrections(tx, shard, plan.applied)
    await refused.insert_stale_amendments(tx, shard, plan.stale)
    await reverting.count_backfills(tx, shard, count_by_backfill(settlement.fresh))
    for revert in plan.reverts:
        await reverting.mark_reverted(tx, shard, revert)


def _echo(reading: Reading, released: tuple[int, ...], where: tuple[tuple[int, int], ...]) -> Echo:
    return Echo(
        markers=tuple(Marker(barrier_id=marker.barrier_id, offset=marker.offset) for marker in reading.markers),
        positions=where,
        quarantined=tuple(Quarantined(offset=broken.offset, org_id=broken.org_id) for broken in reading.broken),
        released=released,
    )
