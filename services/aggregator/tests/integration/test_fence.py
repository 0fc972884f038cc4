"""Who may count a batch, and what the database refuses when that rule, or the account of records, is broken."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import event

from usageflow_aggregator.domain.fold import fold
from usageflow_aggregator.service.counting import Counted, Fenced, count_batch
from usageflow_aggregator.store import events, positions, windows
from usageflow_common.database import constraint_of, transaction
from usageflow_common.ids import new_id

sys.path.insert(0, str(Path(__file__).parent.parent))

from saying import amend, revert, void


async def test_a_stale_worker_is_fenced_and_changes_nothing(shard):
    shard.use("call-1")
    shard.use("call-2")
    await shard.count(0, 2)
    before = await shard.everything()

    assert await shard.count(0, 3) == Fenced()
    assert await shard.everything() == before


async def test_a_worker_that_is_ahead_is_fenced_and_changes_nothing(shard):
    shard.use("call-1")
    shard.use("call-2")
    before = await shard.everything()

    assert await shard.count(1) == Fenced()
    assert await shard.everything() == before


async def test_a_worker_of_an_older_generation_is_fenced(shard):
    shard.use("call-1")
    await shard.query("UPDATE consumer_offsets SET generation = 1700 WHERE partition = $1", shard.partition)

    assert await shard.count(0, generation=1) == Fenced()
    assert isinstance(await shard.count(0, generation=1700), Counted)


async def test_of_two_workers_with_the_same_batch_one_counts(shard):
    for number in range(20):
        shard.use(f"call-{number}")

    results = await asyncio.gather(*(shard.count(0) for _ in range(3)))

    assert sorted(type(result).__name__ for result in results) == ["Counted", "Fenced", "Fenced"]
    assert await shard.account() == {"counted": 20, "marker": 1}


async def test_without_the_compare_and_set_a_batch_is_counted_twice_and_the_database_refuses(shard, monkeypatch):
    """The rule broken on purpose: a position that only ever moves forward."""
    shard.use("call-1")
    shard.use("call-2")
    await shard.count(0)
    greatest = positions.ADVANCE.replace("next_offset = $3", "next_offset = greatest(next_offset, $3)", 1)
    monkeypatch.setattr(positions, "ADVANCE", greatest.replace("AND next_offset = $2", "AND $2::bigint IS NOT NULL"))

    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await shard.count(0)

    assert constraint_of(refusal.value) == "ck_consumer_offsets_conservation"


async def test_folding_a_batch_again_without_fence_and_keys_breaks_on_the_raw_events(shard):
    shard.use("call-1")
    await shard.count(0)
    usages = shard.read(0)[0].usages

    async def fold_again():
        async with transaction(shard.engine) as tx:
            await windows.fold_windows(tx, shard.partition, 1, list(fold(usages).values()))
            await events.insert_events(tx, shard.partition, usages)

    with pytest.raises(asyncpg.UniqueViolationError):
        await fold_again()
    assert list((await shard.windows()).values()) == [(1, Decimal(1))]


async def test_a_record_that_vanishes_from_a_batch_is_refused_by_the_conservation_check(shard):
    for key in ("a", "b", "c"):
        shard.use(key)
    before = await shard.everything()
    reading, _ = shard.read(0)
    lost = replace(reading, usages=reading.usages[:-1])

    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await count_batch(shard.engine, lost, 1, [], shard.counting)

    assert constraint_of(refusal.value) == "ck_consumer_offsets_conservation"
    assert await shard.everything() == before


async def test_killed_between_any_two_statements_nothing_is_half_done(shard, database):
    shard.use("call-1")
    shard.use("call-1", amount="2")
    shard.damage()
    shard.release(3)
    shard.mark()
    shard.append(amend(shard.org_id, "call-1", amount="3"))
    shard.append(void(shard.org_id, "call-2"))
    shard.append(revert(shard.org_id, new_id()))
    before = await shard.everything()
    statements = 0
    kill_after = 1

    def on_checkout(adapted, *_):
        adapted.driver_connection.add_query_logger(on_statement)

    def on_checkin(adapted, *_):
        if adapted is not None and not adapted.driver_connection.is_closed():
            adapted.driver_connection.remove_query_logger(on_statement)

    async def on_statement(_record):
        nonlocal statements
        statements += 1
        if statements == kill_after:
            task.cancel()

    event.listen(database.engine.sync_engine, "checkout", on_checkout)
    event.listen(database.engine.sync_engine, "checkin", on_checkin)
    try:
        while True:
            statements = 0
            task = asyncio.create_task(shard.count(0))
            try:
                result = await task
                break
            except asyncio.CancelledError:
                assert await shard.everything() == before, f"killed after statement {kill_after}"
            kill_after += 1
    finally:
        event.remove(database.engine.sync_engine, "checkout", on_checkout)
        event.remove(database.engine.sync_engine, "checkin", on_checkin)

    assert kill_after > 10
    assert result == Counted(next=9, fresh=1, duplicates=0, conflicts=1)
