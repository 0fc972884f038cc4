"""Rebuild: what is kept against what the raw events say, and the repair of what differs, while events go on coming."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from decimal import Decimal
from uuid import uuid5

import asyncpg
import pytest

from usageflow_aggregator.service.counting import Counted, Fenced
from usageflow_aggregator.service.rebuild import Mandate, Rebuild, Target
from usageflow_common.civil import Span
from usageflow_common.clock import Clock
from usageflow_common.ids import public_id
from usageflow_common.metering import AGGREGATIONS
from usageflow_common.records import ActorRecord, MetricRecord
from usageflow_common.topics import AUDIT_RECORDED, decode

NOON_SPAN = timedelta(hours=12)
MANDATE = Mandate(ActorRecord(type="operator", id="ada"), "a disk lied")
DIGEST_KEY = bytes(range(32))


@pytest.fixture
def metrics(book, org_id):
    """One metric of each aggregation over `size`, grouped by region where that is possible at all."""
    made = {}
    for name in AGGREGATIONS:
        record = MetricRecord(
            org_id=org_id,
            metric_id=uuid5(org_id, f"rebuilt {name}"),
            code=name,
            event_name="API_CALL",
            aggregation=name,
            value_property=None if name == "COUNT" else "size",
            filters=(),
            group_by=("region",),
            status="active",
            active_from=book.metric_of_code(org_id, "API_CALL").active_from,
            created_at=book.metric_of_code(org_id, "API_CALL").created_at,
            version=1,
        )
        book.take(record)
        made[name] = record
    return made


@pytest.fixture
async def counted(new_shard, metrics):
    """Two partitions with three customers' events of every metric."""
    shards = [await new_shard(), await new_shard()]
    for number in range(60):
        shard = shards[number % 2]
        shard.use(
            f"call-{number}",
            metrics=metrics.values(),
            customer=f"user_{number % 3}",
            properties={"size": number % 7 - 2, "region": ("eu", "us")[number % 5 % 2]},
            at=shard.log[0].appended_at + number * timedelta(minutes=4),
        )
    for shard in shards:
        await shard.count(0, 20)
        await shard.count(20)
    return shards


def rebuild_of(shard, metric, **options):
    noon = shard.log[0].appended_at.replace(microsecond=0)
    target = Target(
        shard.org_id, shard.book.definition(shard.org_id, metric.metric_id), Span(noon - NOON_SPAN, noon + NOON_SPAN)
    )
    return Rebuild(shard.engine, Clock(), DIGEST_KEY, target, **options)


async def differences(rebuild):
    checked = [part async for part in rebuild.check()]
    return [difference for part in checked for difference in part.differences], checked


@contextlib.asynccontextmanager
async def tampering(shard):
    """The owner's connection, with the tables' guards off."""
    connection = await asyncpg.connect(shard.owner_url, server_settings={"search_path": "aggregator"})
    try:
        await connection.execute("SET session_replication_role = replica")
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_what_was_counted_is_what_the_raw_events_say(counted, metrics, aggregation):
    found, checked = await differences(rebuild_of(counted[0], metrics[aggregation]))

    assert found == []
    assert sum(part.events for part in checked) == 60
    assert sum(part.rows for part in checked) > 20


async def test_a_range_is_worked_off_in_parts_that_tile_it(counted, metrics):
    _, checked = await differences(rebuild_of(counted[0], metrics["SUM"], chunk_events=7))

    assert len(checked) > 6
    assert sum(part.events for part in checked) == 60
    assert all(part.events <= 9 for part in checked)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("UPDATE aggregated_usage SET total = total + 1 WHERE {one}", 1),
        ("UPDATE aggregated_usage SET digest = 5 WHERE {one}", 1),
        ("UPDATE aggregated_usage SET event_count = event_count - 1 WHERE {one}", 1),
        ("DELETE FROM aggregated_usage WHERE {one}", 1),
        ("UPDATE aggregated_usage SET customer_id = 'nobody' WHERE {one}", 2),
    ],
)
async def test_a_row_that_was_changed_lost_or_invented_is_found_and_put_right(counted, metrics, damage, expected):
    shard, metric = counted[0], metrics["SUM"]
    one = """ctid = (SELECT ctid FROM aggregated_usage WHERE metric_id = $1 AND shard = $2
                      ORDER BY window_start_at, group_key LIMIT 1)"""
    before = await _rows(shard, metric)
    async with tampering(shard) as owner:
        await owner.execute(damage.format(one=one), metric.metric_id, shard.partition)
    rebuild = rebuild_of(shard, metric)
    found, checked = await differences(rebuild)
    assert len(found) == expected

    assert sum([await rebuild.repair(part, MANDATE) for part in checked]) == expected

    assert await differences(rebuild) == ([], await _parts(rebuild))
    after = await _rows(shard, metric)
    assert {row: after[row] for row in before} == before
    assert all(count == 0 for row, (count, _, _) in after.items() if row not in before)


async def test_the_invoicer_is_told_the_rows_that_were_wrong_under_a_new_generation(counted, metrics):
    shard, metric = counted[0], metrics["UNIQUE"]
    told = len(await shard.told())
    async with tampering(shard) as owner:
        await owner.execute(
            "DELETE FROM unique_values WHERE metric_id = $1 AND shard = $2", metric.metric_id, shard.partition
        )
    rebuild = rebuild_of(shard, metric)
    _, checked = await differences(rebuild)
    written = sum([await rebuild.repair(part, MANDATE) for part in checked])

    *_, record = await shard.told()
    assert len(await shard.told()) == told + 1
    position = await shard.position()
    assert (record.from_, record.next, record.opens_after) == (position.next, position.next, 1)
    assert record.generation == position.generation > 1_700_000_000_000
    assert len(record.states) == written > 0
    assert record.points
    assert all(point.present for point in record.points)
    [entry] = await _audited(shard)
    assert (entry.action, entry.target) == (
        "usage.rebuilt",
        {"type": "metric", "id": public_id("met", metric.metric_id)},
    )
    assert entry.after == {"generation": position.generation, "rows": written, "reason": "a disk lied"}
    assert await differences(rebuild) == ([], await _parts(rebuild))


async def test_counting_goes_on_in_the_new_generation_and_not_in_the_old_one(counted, metrics):
    shard, metric = counted[0], metrics["SUM"]
    async with tampering(shard) as owner:
        await owner.execute("UPDATE aggregated_usage SET total = total * 2 WHERE shard = $1", shard.partition)
    rebuild = rebuild_of(shard, metric)
    _, checked = await differences(rebuild)
    for part in checked:
        await rebuild.repair(part, MANDATE)

    at = shard.use("late", metrics=[metric], properties={"size": 5})
    assert await shard.count(at) == Fenced()
    generation = (await shard.position()).generation
    counted_now = await shard.count(at, generation=generation)
    assert isinstance(counted_now, Counted)
    assert counted_now.fresh == 1
    assert await differences(rebuild) == ([], await _parts(rebuild))


async def test_an_event_that_was_changed_behind_everybodys_back_shows_in_the_digest(counted, metrics):
    shard = counted[1]
    async with tampering(shard) as owner:
        await owner.execute(
            """UPDATE usage_events SET idempotency_key = 'another'
                WHERE org_id = $1 AND partition = $2 AND log_offset = 3""",
            shard.org_id,
            shard.partition,
        )
    found, _ = await differences(rebuild_of(shard, metrics["COUNT"]))

    [difference] = found
    assert difference.kept.state == difference.rebuilt.state
    assert difference.kept.digest != difference.rebuilt.digest


async def test_nobody_else_is_touched(counted, metrics, new_shard):
    shard, metric = counted[0], metrics["SUM"]
    others = {name: await _rows(shard, metrics[name]) for name in AGGREGATIONS if name != "SUM"}
    async with tampering(shard) as owner:
        await owner.execute("DELETE FROM aggregated_usage WHERE metric_id = $1", metric.metric_id)
    rebuild = rebuild_of(shard, metric)
    _, checked = await differences(rebuild)
    for part in checked:
        await rebuild.repair(part, MANDATE)

    assert {name: await _rows(shard, metrics[name]) for name in others} == others
    assert {(await each.position()).generation > 1 for each in counted} == {True}
    assert (await (await new_shard()).position()).generation == 1


async def _parts(rebuild):
    return [part async for part in rebuild.check()]


async def _rows(shard, metric):
    rows = await shard.query("SELECT * FROM aggregated_usage WHERE metric_id = $1", metric.metric_id)
    return {
        (row["shard"], row["customer_id"], row["window_start_at"], row["group_key"]): (
            row["event_count"],
            row["total"] + (row["delta_seconds"] or Decimal(0)),
            row["digest"],
        )
        for row in rows
    }


async def _audited(shard):
    rows = await shard.query("SELECT value, key FROM outbox WHERE topic = 'audit.recorded' ORDER BY id")
    records = [decode(AUDIT_RECORDED, row["value"], AUDIT_RECORDED.schema.encode()) for row in rows]
    return [record for record in records if record.org_id == shard.org_id]
