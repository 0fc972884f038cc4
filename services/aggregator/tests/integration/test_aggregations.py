"""Every aggregation and its groups, counted batch by batch into a real database, and what the invoicer is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from usageflow_aggregator.domain.digest import value_hash, value_salt
from usageflow_aggregator.service.counting import Counting
from usageflow_aggregator.service.groups import AdmittedGroups
from usageflow_common.ids import event_id
from usageflow_common.metering import AGGREGATIONS
from usageflow_common.records import MetricRecord

MINUTE = timedelta(minutes=1)


@pytest.fixture
def metrics(book, org_id):
    """One metric of each aggregation over the property `size`."""
    made = {name: _metric(org_id, number, name) for number, name in enumerate(AGGREGATIONS)}
    for each in made.values():
        book.take(each)
    return made


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_every_aggregation_is_kept_and_told_however_the_log_is_cut(shard, metrics, size):
    noon = shard.log[0].appended_at.replace(microsecond=0)
    for number, (value, minute) in enumerate([("2", 3), ("-1", 9), ("0.5", 1), ("2", 5), ("7", 20)]):
        shard.use(f"call-{number}", metrics=metrics.values(), properties={"size": value}, at=noon + minute * MINUTE)
    for start in range(0, len(shard.log), size):
        await shard.count(start, start + size)

    states, points = await _told(shard)
    first = {name: states[metrics[name].metric_id, noon] for name in metrics}
    seconds = [int((noon + minute * MINUTE).timestamp()) for minute in (3, 9, 1, 5)]
    latest = str(event_id(shard.org_id, "call-1"))
    assert first == {
        "COUNT": {},
        "SUM": {"sum": "3.5"},
        "AVG": {"sum": "3.5"},
        "MAX": {"value": "2"},
        "MIN": {"value": "-1"},
        "UNIQUE": {},
        "LATEST": {"value": "-1", "at": "2026-03-01T12:09:00Z", "event_id": latest},
        "WEIGHTED_SUM": {
            "delta": "3.5",
            "delta_seconds": str(2 * seconds[0] - seconds[1] + 2 * seconds[3] + seconds[2] / 2).removesuffix(".0"),
        },
    }
    salt = value_salt(shard.counting.digest_key, shard.org_id)
    assert {(p.window_start_at, p.value_hash) for p in points.values() if p.present} == {
        *((noon, value_hash(salt, text).hex()) for text in ("2", "-1", "0.5")),
        (noon + 15 * MINUTE, value_hash(salt, "7").hex()),
    }


async def test_a_value_that_is_there_already_is_not_told_again(shard, metrics):
    for key in ("a", "b"):
        shard.use(key, metrics=[metrics["UNIQUE"]], properties={"size": 1})
    await shard.count(0, 2)
    await shard.count(2)

    first, second = await shard.told()

    assert (len(first.points), len(second.points)) == (1, 0)
    rows = await shard.query("SELECT event_count, version FROM unique_values WHERE shard = $1", shard.partition)
    assert [tuple(row) for row in rows] == [(2, 2)]


@pytest.mark.parametrize("absent", [{}, {"size": None}, {"size": ""}])
async def test_an_event_without_the_property_of_a_unique_metric_adds_no_point(shard, metrics, absent):
    shard.use("a", metrics=[metrics["UNIQUE"]], properties=absent)
    await shard.count(0)

    (record,) = await shard.told()

    assert ([state.event_count for state in record.states], record.points) == ([1], ())


async def test_an_event_that_feeds_no_metric_is_kept_and_counts_nowhere(shard):
    shard.use("a")
    event = shard.read(1)[0].usages[0].event
    shard.log.pop()
    shard.append(msgspec.structs.replace(event, metric_ids=()))

    assert (await shard.count(0)).fresh == 1

    assert await shard.windows() == {}
    assert await shard.account() == {"counted": 1, "marker": 1}
    assert (await shard.query("SELECT count(*) FROM usage_events WHERE partition = $1", shard.partition))[0][0] == 1


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_groups_are_admitted_in_the_order_of_the_log_up_to_the_cap(shard, book, org_id, size):
    grouped = _metric(org_id, 20, "SUM", None, ("region", "plan"))
    book.take(grouped)
    shard.counting = Counting(book.definition, shard.counting.digest_key, AdmittedGroups(groups_max=2))
    for number, region in enumerate(["us", "eu", "ap", "us", "af", "eu"]):
        shard.use(f"call-{number}", metrics=[grouped], properties={"region": region, "plan": 1}, amount=str(number + 1))
    shard.use("call-9", metrics=[grouped], customer="another", properties={"region": "ap"})
    for start in range(0, len(shard.log), size):
        await shard.count(start, start + size)

    rows = await shard.query(
        "SELECT customer_id, group_key, total, event_count FROM aggregated_usage WHERE shard = $1", shard.partition
    )
    assert {(row["customer_id"], row["group_key"], str(row["total"]), row["event_count"]) for row in rows} == {
        ("user_123", '{"plan":"1","region":"us"}', "5", 2),
        ("user_123", '{"plan":"1","region":"eu"}', "8", 2),
        ("user_123", '{"plan":"__other__","region":"__other__"}', "8", 2),
        ("another", '{"plan":"","region":"ap"}', "1", 1),
    }
    told = {tuple(sorted(state.group.items())) for record in await shard.told() for state in record.states}
    assert (("plan", "1"), ("region", "us")) in told
    kept = await shard.query("SELECT group_key FROM group_values WHERE shard = $1", shard.partition)
    assert len(kept) == 3


async def test_a_group_is_remembered_only_when_its_batch_has_been_committed(shard, book, org_id):
    grouped = _metric(org_id, 21, "COUNT", None, ("region",))
    book.take(grouped)
    shard.use("a", metrics=[grouped], properties={"region": "eu"})

    stale = await shard.count(0, generation=7)
    known = shard.counting.admitted.known(shard.partition, 7)
    await shard.count(0)

    assert (type(stale).__name__, known) == ("Fenced", set())
    assert len(shard.counting.admitted.known(shard.partition, 1)) == 1


async def _told(shard):
    """The last word about each window and each point."""
    states, points = {}, {}
    for record in await shard.told():
        states |= {(state.metric_id, state.window_start_at): state.state for state in record.states}
        points |= {(point.window_start_at, point.value_hash): point for point in record.points}
    return states, points


def _metric(org_id, number, aggregation, value_property="size", group_by=()):
    metric_id = type(org_id)(int=org_id.int ^ (number + 1))
    return MetricRecord(
        org_id=org_id,
        metric_id=metric_id,
        code=f"M{number}",
        event_name="API_CALL",
        aggregation=aggregation,
        value_property=value_property,
        filters=(),
        group_by=group_by,
        status="active",
        active_from=datetime(2026, 3, 1, tzinfo=UTC),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        version=1,
    )
