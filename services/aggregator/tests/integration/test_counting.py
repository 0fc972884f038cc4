"""Counting into a real database: every record once, whatever meets, repeats or breaks on the way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import msgspec
import pytest

from usageflow_aggregator.domain.digest import digest_text
from usageflow_aggregator.domain.fold import fold
from usageflow_aggregator.domain.ledger import candidates
from usageflow_aggregator.service.counting import Counted
from usageflow_aggregator.store import keys
from usageflow_common.database import raw, transaction
from usageflow_common.ids import new_id
from usageflow_common.testing import eventually

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def test_a_batch_is_counted_and_told_with_its_windows(shard):
    shard.use("call-1", amount="1.5")
    shard.use("call-2", amount="2.25")
    shard.use("call-3", amount="-0.75", at=shard.log[0].appended_at + timedelta(minutes=20))

    assert await shard.count(0) == Counted(next=4, fresh=3, duplicates=0, conflicts=0)

    assert await shard.account() == {"counted": 3, "marker": 1}
    assert sorted((await shard.windows()).values()) == [(1, Decimal("-0.75")), (2, Decimal("3.75"))]
    (record,) = await shard.told()
    assert (record.from_, record.next, record.part, record.parts) == (0, 4, 1, 1)
    assert sorted((state.event_count, state.state["sum"], state.version) for state in record.states) == [
        (1, "-0.75", 1),
        (2, "3.75", 2),
    ]


async def test_states_are_absolute_and_their_versions_count_the_events(shard):
    for key in ("a", "b", "c"):
        shard.use(key)
    await shard.count(0, 2)
    await shard.count(2)

    first, second = await shard.told()

    assert [state.version for state in first.states] == [1]
    assert [(state.version, state.state, state.event_count) for state in second.states] == [(3, {"sum": "3"}, 3)]
    expected = fold(shard.read(0)[0].usages)
    assert {state.digest for state in second.states} == {digest_text(each.digest) for each in expected.values()}


async def test_negative_amounts_take_a_window_below_nothing_batch_by_batch(shard):
    """An upsert checks the row that it proposes, here the difference alone, before it finds the row that is there."""
    for amount in ("1", "-5", "-0.5", "2"):
        shard.use(f"call-{amount}", amount=amount)
        await shard.count(len(shard.log) - 2 if amount == "1" else len(shard.log) - 1)

    assert list((await shard.windows()).values()) == [(4, Decimal("-2.5"))]
    assert [state.state["sum"] for record in await shard.told() for state in record.states] == [
        "1",
        "-4",
        "-4.5",
        "-2.5",
    ]


async def test_what_was_received_when_is_kept_with_repetitions_and_late_events_told_apart(shard):
    at = NOON  # when everything here is received
    for key, ago in [("a", 0), ("a", 0), ("b", 59), ("late", 61), ("late", 61)]:
        shard.use(key, at=at - timedelta(minutes=ago))
    await shard.count(0, 3)
    await shard.count(3)

    rows = await shard.query("SELECT * FROM event_receipts WHERE org_id = $1", shard.org_id)

    [row] = [dict(row) for row in rows]
    assert (row["counted"], row["duplicates"], row["late"], row["shard"]) == (3, 2, 1, shard.partition)
    assert row["window_start_at"] <= at < row["window_start_at"] + timedelta(minutes=15)


async def test_a_repetition_within_a_batch_counts_once(shard):
    for _ in range(3):
        shard.use("call-1")

    assert await shard.count(0) == Counted(next=4, fresh=1, duplicates=2, conflicts=0)
    assert await shard.account() == {"counted": 1, "duplicate": 2, "marker": 1}


async def test_a_repetition_in_a_later_batch_or_another_partition_counts_once(new_shard):
    one, other = await new_shard(), await new_shard()
    for shard in (one, other):
        shard.use("call-1")
    one.use("call-1")

    await one.count(0, 2)
    assert await one.count(2) == Counted(next=3, fresh=0, duplicates=1, conflicts=0)
    assert await other.count(0) == Counted(next=2, fresh=0, duplicates=1, conflicts=0)
    assert await other.windows() == {}
    assert [record.next for record in await one.told()] == [2, 3], "a batch that changes nothing is told as well"


async def test_one_organization_never_meets_the_keys_of_another(new_shard, book):
    shard = await new_shard()
    from_another = new_id()
    shard.use("call-1")
    first, _ = shard.read(0)
    await shard.count(0)

    shard.org_id = from_another
    book.take(_renamed(book.metric(first.usages[0].event.org_id, first.usages[0].event.metric_ids[0]), from_another))
    shard.use("call-1", metrics=[book.metric_of_code(from_another, "API_CALL")])

    assert (await shard.count(2)).fresh == 1


async def test_another_payload_under_a_used_key_is_refused_and_recorded_once(shard):
    shard.use("call-1", amount="1")
    shard.use("call-1", amount="2")
    await shard.count(0)
    shard.use("call-1", amount="2")
    shard.use("call-1", amount="3")
    shard.use("call-1", amount="1")
    await shard.count(3)

    assert await shard.account() == {"counted": 1, "conflict": 3, "duplicate": 1, "marker": 1}
    refused = await shard.query("SELECT refused FROM conflicts WHERE org_id = $1 ORDER BY log_offset", shard.org_id)
    assert ['"amount":"2"' in row["refused"].replace(" ", "") for row in refused] == [True, False]
    assert list((await shard.windows()).values()) == [(1, Decimal(1))]


async def test_one_event_feeds_each_of_its_metrics(shard, book, org_id):
    both = [book.metric_of_code(org_id, code) for code in ("API_CALL", "REQUESTS")]
    shard.use("call-1", amount="7", metrics=both)

    await shard.count(0)

    assert sorted((await shard.windows()).values()) == [(1, Decimal(0)), (1, Decimal(7))]
    (record,) = await shard.told()
    assert sorted(str(state.state) for state in record.states) == ["{'sum': '7'}", "{}"]


async def test_two_workers_that_meet_on_the_same_keys_count_each_once(new_shard):
    one, other = await new_shard(), await new_shard()
    for number in range(50):
        one.use(f"call-{number}")
        other.use(f"call-{49 - number}")

    results = await asyncio.gather(one.count(0), other.count(0))

    assert sum(result.fresh for result in results) == 50
    assert sum(result.duplicates for result in results) == 50


async def test_a_worker_waits_for_a_key_and_then_sees_what_it_was_counted_with(new_shard):
    one, other = await new_shard(), await new_shard()
    one.use("call-1", amount="1")
    other.use("call-1", amount="2")
    reading, _ = one.read(0)

    async with transaction(one.engine) as tx:
        await keys.claim_keys(tx, one.partition, candidates(reading.usages))
        waiting = asyncio.create_task(other.count(0))
        await _until_somebody_waits(one)
        assert not waiting.done()

    assert (await waiting).conflicts == 1


async def test_keys_read_in_the_statement_that_inserts_miss_the_conflict(new_shard):
    """Why the payloads are read in a second statement: a variant with one statement does not see what it waited for."""
    one, other = await new_shard(), await new_shard()
    one.use("call-1", amount="1")
    other.use("call-1", amount="2")
    mine, theirs = candidates(one.read(0)[0].usages), candidates(other.read(0)[0].usages)
    claim_and_find = """
        WITH claimed AS (
            INSERT INTO event_keys (org_id, event_id, generation, payload_hash, partition, log_offset, day)
            VALUES ($1, $2, 1, $3, $4, 1, current_date) ON CONFLICT DO NOTHING RETURNING payload_hash)
        SELECT (SELECT count(*) FROM claimed) AS claimed,
               (SELECT payload_hash FROM event_keys WHERE org_id = $1 AND event_id = $2) AS known"""

    async def in_one_statement():
        async with transaction(other.engine) as tx:
            connection = await raw(tx)
            (usage,) = theirs.usages
            return await connection.fetchrow(
                claim_and_find, usage.event.org_id, usage.event.event_id, usage.payload_hash, other.partition
            )

    async with transaction(one.engine) as tx:
        await keys.claim_keys(tx, one.partition, mine)
        waiting = asyncio.create_task(in_one_statement())
        await _until_somebody_waits(one)
    row = await waiting

    assert (row["claimed"], row["known"]) == (0, None), "neither new nor known: the conflict is missed"
    assert (await other.count(0)).conflicts == 1, "two statements see it"


async def test_what_nobody_can_read_is_kept_and_told_and_a_release_ends_it(shard, org_id):
    whole = shard.damage(org_id=org_id)
    unknown = shard.damage()
    await shard.count(0)
    shard.release(whole)
    shard.release(77)
    await shard.count(3)

    first, second = await shard.told()
    assert [(each.offset, each.org_id) for each in first.quarantined] == [(whole, org_id), (unknown, None)]
    assert (second.quarantined, second.released) == ((), (whole,))
    assert await shard.account() == {"marker": 1, "quarantined": 2, "correction": 2}
    rows = await shard.query(
        "SELECT value, released_by FROM quarantined_events WHERE partition = $1 ORDER BY log_offset", shard.partition
    )
    assert [(row["value"], row["released_by"]) for row in rows] == [(b"{", "operator:ada"), (b"{", None)]


async def test_a_marker_is_echoed_with_the_positions_of_all_partitions_after_the_keys(new_shard):
    one, other = await new_shard(), await new_shard()
    other.use("call-9")
    await other.count(0)
    barrier_id = new_id()
    one.use("call-1")
    offset = one.mark(barrier_id)

    await one.count(0)

    (record,) = await one.told()
    assert [(marker.barrier_id, marker.offset) for marker in record.markers][-1] == (barrier_id, offset)
    assert record.positions[str(one.partition)] == 3
    assert record.positions[str(other.partition)] == 2
    assert (await one.position()).anchor.offset == offset


async def test_a_batch_without_a_marker_carries_no_positions(shard):
    shard.use("call-1")
    shard.use("call-2")
    await shard.count(0, 2)
    await shard.count(2)

    assert (await shard.told())[1].positions == {}


async def test_a_large_batch_is_told_in_parts_and_the_marker_in_the_last(shard):
    for number in range(2_500):
        shard.use(f"call-{number}", customer=f"user_{number}")
    shard.mark()

    await shard.count(0)

    first, last = await shard.told()
    assert [(r.part, r.parts, r.from_, r.next) for r in (first, last)] == [(1, 2, 0, 2502), (2, 2, 0, 2502)]
    assert len(first.states) + len(last.states) == 2500
    assert 0 < len(last.states) < len(first.states) <= 2000
    assert (len(first.markers), len(last.markers)) == (0, 2)
    assert (first.positions, str(shard.partition) in last.positions) == ({}, True)


async def test_counted_events_and_conflicts_cannot_be_changed(shard):
    shard.use("call-1")
    shard.use("call-1", amount="2")
    await shard.count(0)

    for table in ("usage_events", "conflicts"):
        for statement in (f"UPDATE {table} SET partition = 9", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await shard.query(statement)


def _renamed(metric, org_id):
    return msgspec.structs.replace(metric, org_id=org_id, metric_id=new_id())


async def _until_somebody_waits(shard):
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

    async def somebody():
        return (await shard.query(waiting))[0][0]

    await eventually(somebody)
