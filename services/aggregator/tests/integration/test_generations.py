"""Generations of keys: a new one begins under load, and what older ones hold is never counted again."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from usageflow_aggregator.domain.ledger import Claims, candidates
from usageflow_aggregator.service.counting import Counted
from usageflow_aggregator.store import keys, upkeep
from usageflow_common.database import raw, transaction
from usageflow_common.testing import eventually

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def _present(shard):
    return (await shard.query("SELECT max(generation) FROM key_generations"))[0][0]


async def _rotate(shard, after):
    async with transaction(shard.engine) as tx:
        return await upkeep.begin_generation(tx, after)


async def _until_somebody_waits(shard):
    async def somebody():
        return (await shard.query(_WAITING))[0][0]

    await eventually(somebody)


async def test_keys_of_older_generations_are_known_for_ever(shard):
    generations = [await _present(shard)]
    for number in range(3):
        shard.use(f"call-{number}")
        await shard.count(number + (number > 0), number + 2)
        assert await _rotate(shard, generations[-1])
        generations.append(await _present(shard))
    for number in range(3):
        shard.use(f"call-{number}")
    shard.use("call-1", amount="2")
    shard.use("call-3")

    counted = await shard.count(4)

    assert counted == Counted(next=9, fresh=1, duplicates=3, conflicts=1)
    rows = await shard.query(
        "SELECT generation, tableoid::regclass::text FROM event_keys WHERE org_id = $1 ORDER BY 1", shard.org_id
    )
    assert [tuple(row) for row in rows] == [(n, f"event_keys_{n}") for n in generations]


async def test_a_rotation_waits_for_who_is_counting_and_a_key_of_that_transaction_is_counted_once(new_shard):
    one, other = await new_shard(), await new_shard()
    one.use("call-1")
    other.use("call-1")
    other.use("call-2")
    before = await _present(one)

    async with transaction(one.engine) as tx:
        reading, _ = one.read(0)
        claimed = await keys.claim_keys(tx, one.partition, candidates(reading.usages))
        rotating = asyncio.create_task(_rotate(one, before))
        await _until_somebody_waits(one)
        # Whoever comes behind the rotation reads which generation it is only when the rotation has committed.
        counting = asyncio.create_task(other.count(0))
        await asyncio.sleep(0.2)
        assert (rotating.done(), counting.done(), len(claimed)) == (False, False, 1)

    assert await rotating
    assert await counting == Counted(next=3, fresh=1, duplicates=1, conflicts=0)
    rows = await one.query(
        "SELECT partition, generation FROM event_keys WHERE org_id = $1 ORDER BY generation", one.org_id
    )
    assert [tuple(row) for row in rows] == [(one.partition, before), (other.partition, before + 1)]


async def test_of_two_rotations_at_once_one_begins_a_generation(shard):
    before = await _present(shard)

    begun = await asyncio.gather(*(_rotate(shard, before) for _ in range(4)))

    assert sorted(begun) == [False, False, False, True]
    assert await _present(shard) == before + 1


async def test_a_rotation_that_must_wait_too_long_gives_up_and_changes_nothing(shard):
    before = await _present(shard)
    shard.use("call-1")
    async with transaction(shard.engine) as tx:
        reading, _ = shard.read(0)
        await keys.claim_keys(tx, shard.partition, candidates(reading.usages))

        with pytest.raises(asyncpg.LockNotAvailableError):
            await _rotate(shard, before)

    assert await _present(shard) == before


async def test_a_new_key_is_looked_up_in_the_index_of_each_older_generation_and_nowhere_else(shard):
    for number in range(3):
        shard.use(f"call-{number}")
    await shard.count(0)
    first = await _present(shard)
    for after in range(first, first + 3):
        await _rotate(shard, after)
    usages = shard.read(1)[0].usages
    columns = keys._columns(Claims(usages, ()))

    async with transaction(shard.engine) as tx:
        connection = await raw(tx)
        # As a plan for any arguments, too: it is what a connection uses after some batches.
        plans = {}
        for mode in ("force_custom_plan", "force_generic_plan"):
            await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
            explain = f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {keys._CLAIM}"
            rows = await connection.fetch(explain, shard.partition, first + 3, *columns)
            plans[mode] = "\n".join(row[0] for row in rows)

    for plan in plans.values():
        assert "Seq Scan" not in plan
        assert f"event_keys_{first + 3}_pkey" not in plan
        for generation in range(first, first + 3):
            assert f"Index Only Scan using event_keys_{generation}_pkey" in plan or generation == 1
    assert "(never executed)" not in plans["force_custom_plan"].partition("Append")[0]
