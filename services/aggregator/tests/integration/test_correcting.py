"""Voids, amendments and reverts, counted into a real database: what leaves, what comes instead, and what happens only once."""

from __future__ import annotations

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from usageflow_aggregator.service.counting import Counted
from usageflow_common.ids import event_id, new_id
from usageflow_common.topics import EVENTS_RAW, decode

sys.path.insert(0, str(Path(__file__).parent.parent))

from saying import amend, revert, void

MINUTE = timedelta(minutes=1)


@pytest.fixture
def metric_of(book, org_id):
    """Makes a metric known to the partition."""
    usual = book.metric_of_code(org_id, "API_CALL")

    def make(aggregation, **definition):
        made = msgspec.structs.replace(
            usual, metric_id=new_id(), code=aggregation, aggregation=aggregation, **definition
        )
        book.take(made)
        return made

    return make


async def test_a_void_takes_its_event_out_of_the_windows(shard, org_id):
    shard.use("a", amount="1.5")
    shard.use("b", amount="2")
    await shard.count(0)
    shard.append(void(org_id, "a"))
    await shard.count(3)

    assert list((await shard.windows()).values()) == [(1, Decimal(2))]
    assert await shard.account() == {"counted": 2, "correction": 1, "marker": 1}
    state = (await shard.told())[-1].states[0]
    assert (state.event_count, state.state, state.version) == (1, {"sum": "2"}, 3)
    only_b = shard.read(2, 3)[0].usages[0]
    assert int(state.digest, 16) == only_b.digest
    (row,) = await shard.query("SELECT changed_before_offset FROM aggregated_usage WHERE shard = $1", shard.partition)
    assert row["changed_before_offset"] == 4
    (row,) = await shard.query("SELECT * FROM event_corrections WHERE org_id = $1", org_id)
    assert (row["kind"], row["revision"], row["log_offset"], row["correction_offset"]) == ("void", 2, 1, 3)


async def test_a_void_that_comes_first_is_a_tombstone_and_its_event_never_counts(new_shard, org_id):
    one, other = await new_shard(), await new_shard()
    one.append(void(org_id, "a"))
    one.use("a")
    await one.count(0)
    other.use("a", amount="7")
    await other.count(0)
    one.append(amend(org_id, "a", amount="3"))
    await one.count(3)

    assert [await one.windows(), await other.windows()] == [{}, {}]
    assert await one.account() == {"correction": 2, "duplicate": 1, "marker": 1}
    assert await other.account() == {"duplicate": 1, "marker": 1}
    assert await _conflicts(one) == ["stale_amendment"]


async def test_an_amendment_moves_its_event_to_another_window_and_keeps_what_it_does_not_name(shard, org_id):
    noon = shard.log[0].appended_at
    shard.use("a", amount="1.5", properties={"region": "eu"}, at=noon)
    shard.append(amend(org_id, "a", occurred_at=noon + 20 * MINUTE, amount="4"))
    await shard.count(0)

    windows = {window: found for (_, _, window), found in (await shard.windows()).items()}
    assert sorted(windows.values()) == [(0, Decimal(0)), (1, Decimal(4))]
    (row,) = await shard.query("SELECT * FROM event_corrections WHERE org_id = $1", org_id)
    assert (row["kind"], row["amount"], row["occurred_at"]) == ("amend", Decimal(4), noon + 20 * MINUTE)
    assert row["properties"] == '{"region": "eu"}'
    assert [str(each) for each in row["metric_ids"]] == [str(key[0]) for key in list(await shard.windows())[:1]]


async def test_of_two_amendments_of_one_revision_the_first_applies_and_the_other_is_a_conflict(shard, org_id):
    shard.use("a")
    for amount in ("2", "3", "3"):
        shard.append(amend(org_id, "a", amount=amount))
    shard.append(amend(org_id, "a", base=2, amount="5"))
    shard.append(amend(org_id, "unknown", amount="5"))
    await shard.count(0, 3)
    await shard.count(3)

    assert list((await shard.windows()).values()) == [(1, Decimal(5))]
    assert await _conflicts(shard) == ["stale_amendment", "stale_amendment"]
    assert await shard.account() == {"counted": 1, "correction": 5, "marker": 1}


async def test_a_correction_that_is_repeated_applies_once(shard, org_id):
    shard.use("a", amount="1")
    shard.use("b", amount="10")
    said = [amend(org_id, "a", amount="2"), void(org_id, "b"), void(org_id, "b", name="by somebody else")]
    for record in (*said, *said):
        shard.append(record)
    await shard.count(0, 5)
    await shard.count(5)
    for record in said:
        shard.append(record)
    await shard.count(9)

    assert list((await shard.windows()).values()) == [(1, Decimal(2))]
    rows = await shard.query("SELECT kind FROM event_corrections WHERE org_id = $1 ORDER BY kind", org_id)
    assert [row["kind"] for row in rows] == ["amend", "void"]
    assert await _conflicts(shard) == []


async def test_a_correction_of_an_event_of_another_partition_is_passed_on_to_it(new_shard, org_id):
    one, other = await new_shard(), await new_shard()
    one.use("a")
    await one.count(0)
    other.append(void(org_id, "a"))
    await other.count(0)

    (row,) = await other.query(
        "SELECT partition, value FROM outbox WHERE topic = 'events.raw' AND partition = $1", one.partition
    )
    assert decode(EVENTS_RAW, row["value"], EVENTS_RAW.schema.encode()) == void(org_id, "a")
    assert list((await one.windows()).values()) == [(1, Decimal(1))]
    assert await other.account() == {"correction": 1, "marker": 1}
    one.append(None, value=row["value"])
    await one.count(2)
    assert list((await one.windows()).values()) == [(0, Decimal(0))]


@pytest.mark.parametrize(
    ("aggregation", "voided", "left"), [("MAX", "9", "4"), ("MIN", "1", "4"), ("LATEST", "9", "4"), ("MAX", "4", "9")]
)
async def test_when_a_peak_leaves_the_next_one_is_found_among_raw_events(
    shard, org_id, metric_of, aggregation, voided, left
):
    metric = metric_of(aggregation, value_property="size", group_by=("region",))
    noon = shard.log[0].appended_at
    for number, (region, size) in enumerate([("eu", "1"), ("us", "100"), ("eu", "4"), ("eu", "9")]):
        shard.use(size, metrics=[metric], at=noon + number * MINUTE, properties={"region": region, "size": size})
    shard.use("zero", customer="another", metrics=[metric], at=noon, properties={"region": "eu", "size": "50"})
    await shard.count(0)
    shard.append(void(org_id, voided))
    await shard.count(6)

    state = (await shard.told())[-1].states[0]

    assert (state.group, state.event_count, state.state["value"]) == ({"region": "eu"}, 2, left)


async def test_a_distinct_value_goes_with_its_last_event(shard, org_id, metric_of):
    metric = metric_of("UNIQUE", value_property="size")
    for key in ("a", "b"):
        shard.use(key, metrics=[metric], properties={"size": "same"})
    shard.append(void(org_id, "a"))
    shard.append(void(org_id, "b"))
    for offset in range(5):
        await shard.count(offset, offset + 1)

    assert [[point.present for point in record.points] for record in await shard.told()] == [
        [],
        [True],
        [],
        [],
        [False],
    ]


async def test_a_revert_takes_back_what_was_counted_and_what_still_comes(shard, org_id, metric_of):
    backfill_id = new_id()
    maximum = metric_of("MAX")
    _send(shard, "late-1", backfill_id, amount="50", metrics=[maximum])
    shard.use("kept", amount="3", metrics=[maximum])
    await shard.count(0)
    _send(shard, "late-2", backfill_id, amount="70", metrics=[maximum])
    shard.append(revert(org_id, backfill_id))
    _send(shard, "late-3", backfill_id, amount="90", metrics=[maximum])
    await shard.count(3)
    shard.append(revert(org_id, backfill_id, name="again"))
    _send(shard, "late-4", backfill_id, amount="90", metrics=[maximum])
    await shard.count(6)

    (row,) = await shard.query("SELECT * FROM aggregated_usage WHERE shard = $1", shard.partition)
    assert (row["event_count"], row["value"], row["version"]) == (1, Decimal(3), 5)
    (counts,) = await shard.query("SELECT * FROM backfill_counts WHERE org_id = $1", org_id)
    assert (counts["counted"], counts["reverted"], counts["reverted_offset"]) == (4, 4, 4)
    assert await shard.account() == {"counted": 5, "correction": 2, "marker": 1}
    assert await shard.query("SELECT * FROM backfill_usage WHERE org_id = $1", org_id) == []
    assert (await shard.query("SELECT count(*) FROM usage_events WHERE org_id = $1", org_id))[0][0] == 5


@pytest.fixture
async def limits_of(shard):
    """The limits of the transaction that changed how many events came under a backfill, read inside it."""
    await shard.query("CREATE TABLE seen (org_id uuid, transaction text, statement text)")
    await shard.query("""
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = aggregator AS $$
        BEGIN
            INSERT INTO seen VALUES (NEW.org_id, current_setting('transaction_timeout'), current_setting('statement_timeout'));
            RETURN NEW;
        END $$""")
    await shard.query("CREATE TRIGGER see BEFORE INSERT ON backfill_counts FOR EACH ROW EXECUTE FUNCTION see()")

    async def limits():
        return [(row["transaction"], row["statement"]) for row in await shard.query("SELECT * FROM seen")]

    yield limits
    await shard.query("DROP TRIGGER see ON backfill_counts")
    await shard.query("DROP FUNCTION see")
    await shard.query("DROP TABLE seen")


async def test_a_batch_with_a_revert_may_take_its_time_and_no_other_batch(shard, org_id, limits_of):
    backfill_id = new_id()
    _send(shard, "late-1", backfill_id)
    await shard.count(0)
    shard.append(revert(org_id, backfill_id))
    await shard.count(2)
    _send(shard, "late-2", backfill_id)
    await shard.count(3)

    assert await limits_of() == [("30s", "25s"), ("30min", "10min"), ("30s", "25s")]


async def test_events_of_a_backfill_that_were_corrected_are_taken_back_as_they_are(shard, org_id):
    backfill_id = new_id()
    for key in ("a", "b", "c"):
        _send(shard, key, backfill_id, amount="5")
    shard.append(void(org_id, "a"))
    shard.append(amend(org_id, "b", amount="8"))
    await shard.count(0)
    shard.append(revert(org_id, backfill_id))
    shard.append(void(org_id, "b"))
    shard.append(amend(org_id, "c", amount="8"))
    await shard.count(6)

    assert list((await shard.windows()).values()) == [(0, Decimal(0))]
    rows = await shard.query("SELECT kind FROM event_corrections WHERE org_id = $1 ORDER BY correction_offset", org_id)
    assert [row["kind"] for row in rows] == ["void", "amend", "void", "amend"]


async def test_an_amendment_that_cannot_be_measured_is_a_conflict(shard, org_id, metric_of):
    metric = metric_of("SUM", value_property="size")
    shard.use("a", metrics=[metric], properties={"size": 2})
    shard.append(amend(org_id, "a", properties={"size": "large"}))

    assert await shard.count(0) == Counted(next=3, fresh=1, duplicates=0, conflicts=0)

    assert list((await shard.windows()).values()) == [(1, Decimal(2))]
    assert await _conflicts(shard) == ["stale_amendment"]


def _send(shard, key, backfill_id, **values):
    """A usage event of a backfill."""
    shard.use(key, **values)
    event = decode(EVENTS_RAW, shard.log.pop().value, EVENTS_RAW.schema.encode())
    assert event.event_id == event_id(shard.org_id, key)
    shard.append(msgspec.structs.replace(event, backfill_id=backfill_id))


async def _conflicts(shard):
    rows = await shard.query("SELECT kind FROM conflicts WHERE org_id = $1", shard.org_id)
    return [row["kind"] for row in rows]
