"""Upkeep of a real database: days made ahead and set aside, generations begun and forgotten, by the owner's functions alone."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from msgspec.structs import replace

from usageflow_aggregator.domain.upkeep import Policy
from usageflow_aggregator.service.counting import Counted
from usageflow_aggregator.service.days import make_days
from usageflow_aggregator.service.upkeep import keep_up, keep_upkeep, list_days, list_generations
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.metrics import UPKEEP_ERRORS
from usageflow_common.testing import eventually

FOR_EVER = Policy(keys_per_generation=1_000_000)
TODAY = Clock().wall().astimezone(UTC).date()
_OLD_DAYS = itertools.count(1)


@pytest.fixture
def old_day():
    """A day more than 400 days ago, for one test."""
    return TODAY - timedelta(days=500 + next(_OLD_DAYS))


async def _as_service(database, statement, *parameters):
    connection = await asyncpg.connect(database.url)
    try:
        return await connection.fetchval(statement, *parameters)
    finally:
        await connection.close()


async def _as_owner(database, statement, *parameters):
    connection = await asyncpg.connect(database.owner_url, server_settings={"search_path": "aggregator"})
    try:
        return await connection.fetch(statement, *parameters)
    finally:
        await connection.close()


async def test_days_are_made_a_week_ahead_and_only_once(database):
    first, second = await asyncio.gather(*(keep_up(database.engine, Clock(), FOR_EVER) for _ in range(2)))
    third = await keep_up(database.engine, Clock(), FOR_EVER)

    made = sorted(first.made + second.made)
    kept = {day.day for day in await list_days(database.engine, detached=False)}
    assert made == [TODAY + timedelta(days=ahead) for ahead in range(8)]
    assert set(made) <= kept
    assert third.made == ()


async def test_a_day_that_many_make_at_once_is_made_by_one(database):
    day = date(2031, 5, 1)

    made = await asyncio.gather(*(make_days(database.engine, [day]) for _ in range(6)))

    assert sorted(made) == [(), (), (), (), (), (day,)]


async def test_making_a_day_waits_for_nobody_who_counts_or_reads(database, shard):
    shard.use("call-1")
    await shard.count(0)
    async with transaction(database.engine) as tx:
        await tx.exec_driver_sql("SELECT count(*) FROM usage_events")
        await tx.exec_driver_sql("LOCK TABLE usage_events, event_keys IN ROW EXCLUSIVE MODE")

        made = await asyncio.wait_for(make_days(database.engine, [date(2031, 6, 1)]), timeout=5)

    assert made == (date(2031, 6, 1),)


async def test_a_batch_of_days_that_nobody_made_is_counted_and_each_event_lies_in_its_day(shard):
    midnight = datetime(2027, 3, 2, tzinfo=UTC)
    shard.use("call-1")
    shard.use("call-2")
    for offset, appended_at in ((1, midnight - timedelta(milliseconds=1)), (2, midnight)):
        shard.log[offset] = replace(shard.log[offset], appended_at=appended_at)

    counted = await shard.count(0)

    events = await shard.query(
        "SELECT idempotency_key, tableoid::regclass::text, day FROM usage_events WHERE org_id = $1 ORDER BY 1",
        shard.org_id,
    )
    keys = await shard.query("SELECT day FROM event_keys WHERE org_id = $1 ORDER BY log_offset", shard.org_id)
    where = await shard.query("SELECT occurred_on, day FROM event_days WHERE org_id = $1 ORDER BY day", shard.org_id)
    assert counted == Counted(next=3, fresh=2, duplicates=0, conflicts=0)
    assert [tuple(row) for row in events] == [
        ("call-1", "usage_events_20270301", date(2027, 3, 1)),
        ("call-2", "usage_events_20270302", date(2027, 3, 2)),
    ]
    assert [row["day"] for row in keys] == [date(2027, 3, 1), date(2027, 3, 2)]
    assert [tuple(row) for row in where] == [
        (date(2026, 3, 1), date(2027, 3, 1)),
        (date(2026, 3, 1), date(2027, 3, 2)),
    ]


async def test_the_service_may_append_to_a_new_day_and_nobody_may_change_it(database):
    await make_days(database.engine, [date(2031, 7, 1)])
    table = "usage_events_20310701"
    rights = [
        await _as_service(database, f"SELECT has_table_privilege('{table}', '{right}')")
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    ]
    copied = f"SELECT * FROM {table}"

    assert rights == [True, True, False, False, False]
    assert await _as_service(database, copied) is None
    with pytest.raises(asyncpg.RestrictViolationError):
        await _as_owner(database, f"TRUNCATE {table}")
    triggers = await _as_owner(
        database, "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass ORDER BY 1", table
    )
    assert [row["tgname"] for row in triggers] == ["refuse_change", "refuse_truncate"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id integer)",
        "CREATE TABLE mine PARTITION OF usage_events FOR VALUES FROM ('2040-01-01') TO ('2040-01-02')",
        "ALTER TABLE usage_events DETACH PARTITION usage_events_20310801",
        "DROP TABLE usage_events_20310801",
    ],
)
async def test_the_service_changes_tables_by_the_functions_alone(database, statement):
    await make_days(database.engine, [date(2031, 8, 1)])

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _as_service(database, statement)


async def test_the_functions_are_for_the_service_alone(database):
    functions = await _as_owner(
        database,
        "SELECT proname, proacl::text, proconfig FROM pg_proc WHERE pronamespace = 'aggregator'::regnamespace AND prosecdef",
    )

    assert {row["proname"] for row in functions} == {
        "make_event_day",
        "detach_event_day",
        "begin_key_generation",
        "drop_key_generation",
    }
    for row in functions:
        assert "usageflow_aggregator=X/" in row["proacl"]
        assert "{=X" not in row["proacl"]
        assert ",=X" not in row["proacl"]
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"]


@pytest.mark.parametrize("day", [None, date(1999, 12, 31), date(2200, 1, 1)])
async def test_days_beyond_reason_are_refused(database, day):
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await _as_service(database, "SELECT make_event_day($1::date)", day)


async def test_old_days_are_set_aside_whole_and_stay_as_they_were(database, old_day):
    policy = Policy(1_000_000, raw_event_days=(TODAY - old_day).days - 1)
    await make_days(database.engine, [old_day, old_day + timedelta(days=1)])
    table = f"usage_events_{old_day:%Y%m%d}"

    done = await keep_up(database.engine, Clock(), policy)

    assert f"detached_{table}" in done.detached
    assert old_day not in {day.day for day in await list_days(database.engine, detached=False)}
    assert (old_day, f"detached_{table}") in {
        (day.day, day.table) for day in await list_days(database.engine, detached=True)
    }
    assert not await _as_service(database, f"SELECT has_table_privilege('detached_{table}', 'INSERT')")
    triggers = await _as_owner(
        database, "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass ORDER BY 1", f"detached_{table}"
    )
    assert [row["tgname"] for row in triggers] == ["refuse_change", "refuse_truncate"]
    assert old_day + timedelta(days=1) in {day.day for day in await list_days(database.engine, detached=False)}


async def test_a_day_that_was_set_aside_can_be_needed_again(database, old_day):
    policy = Policy(1_000_000, raw_event_days=(TODAY - old_day).days - 1)
    await make_days(database.engine, [old_day])
    await keep_up(database.engine, Clock(), policy)

    assert await make_days(database.engine, [old_day]) == (old_day,)
    again = await keep_up(database.engine, Clock(), policy)

    assert again.detached == (f"detached_usage_events_{old_day:%Y%m%d}_2",)


async def test_the_database_refuses_to_set_aside_what_may_still_be_corrected(database):
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await _as_service(database, "SELECT detach_event_day($1::date)", TODAY - timedelta(days=399))


async def test_a_full_generation_ends_and_its_keys_stay_known(shard):
    for number in range(3):
        shard.use(f"call-{number}")
    await shard.count(0)

    done = await keep_up(shard.engine, Clock(), Policy(keys_per_generation=1))

    shard.use("call-0")
    shard.use("call-9")
    kept = await list_generations(shard.engine)
    assert done.begun == kept[-1].generation
    assert kept[-2].ended_at == kept[-1].started_at
    assert await shard.count(4) == Counted(next=6, fresh=1, duplicates=1, conflicts=0)


async def test_keys_are_counted_without_being_read(shard):
    for number in range(500):
        shard.use(f"call-{number}")
    await shard.count(0)
    await shard.query("VACUUM event_keys")

    present = (await list_generations(shard.engine))[-1]

    (row,) = await shard.query("SELECT count(*) FROM event_keys WHERE generation = $1", present.generation)
    assert present.keys == row["count"]


async def test_generations_are_forgotten_when_their_keys_cannot_be_needed_any_more(shard):
    shard.use("call-0")
    await shard.count(0)
    begun = (await keep_up(shard.engine, Clock(), Policy(keys_per_generation=1))).begun
    policy = Policy(1_000_000, dedupe_retention_days=900)

    young = await keep_up(shard.engine, Clock(), policy)
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await shard.query("SELECT drop_key_generation($1)", begun - 1)
    await shard.query(
        "UPDATE key_generations SET started_at = now() - interval '901 days' WHERE generation <= $1", begun
    )
    old = await keep_up(shard.engine, Clock(), policy)

    assert young.dropped == ()
    assert begun - 1 in old.dropped
    assert (await list_generations(shard.engine))[0].generation == begun
    assert await shard.query("SELECT FROM event_keys WHERE org_id = $1", shard.org_id) == []
    (row,) = await shard.query("SELECT dropped_at FROM key_generations WHERE generation = $1", begun - 1)
    assert row["dropped_at"] is not None


async def test_a_round_that_fails_ends_nothing_and_is_counted(database, shard):
    failures = UPKEEP_ERRORS.labels("aggregator")._value
    before = failures.get()
    await _as_owner(database, "REVOKE EXECUTE ON FUNCTION begin_key_generation FROM usageflow_aggregator")
    shard.use("call-1")
    await shard.count(0)
    present = (await list_generations(shard.engine))[-1].generation
    task = asyncio.create_task(keep_upkeep(database.engine, Clock(), Policy(keys_per_generation=1), every_seconds=0.05))
    try:
        await eventually(lambda: _is(failures.get() > before + 1))
        assert not task.done()
        await _as_owner(database, "GRANT EXECUTE ON FUNCTION begin_key_generation TO usageflow_aggregator")

        async def rotated():
            return (await list_generations(shard.engine))[-1].generation > present

        await eventually(rotated)
    finally:
        task.cancel()


async def _is(value):
    return value
