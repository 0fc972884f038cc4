"""The aggregator as it runs: migrated twice at once, counting in a worker, operated from the terminal."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json

import asyncpg
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer

from usageflow_aggregator.migrate import migrate
from usageflow_aggregator.operators.quarantine import (
    list_arguments,
    repair_arguments,
    run_list,
    run_repair,
    run_show,
    run_waive,
    show_arguments,
    waive_arguments,
)
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_aggregator.tables import SCHEMA
from usageflow_aggregator.worker import build_worker
from usageflow_common.ids import new_id
from usageflow_common.kafka import Outgoing
from usageflow_common.records import Release, UsageEvent
from usageflow_common.settings import MigrationSettings
from usageflow_common.testing import eventually
from usageflow_common.testing.databases import empty_database, service_url
from usageflow_common.topics import EVENTS_RAW, USAGE_AGGREGATED, decode, encode


def settings_of(url, bootstrap, prefix):
    """Settings of a process on a test's own parts."""
    return AggregatorSettings(
        database_url=url,
        kafka_bootstrap=bootstrap,
        topic_prefix=prefix,
        event_partitions=2,
        port=8082,
        token_public_keys={},
        cursor_secret=base64.b64encode(b"c" * 32),
        digest_key=base64.b64encode(bytes(range(32))),
    )


@pytest.fixture
async def worker(world):
    """A running worker on the world's parts."""
    settings = settings_of(world.database.url, world.bus.settings.kafka_bootstrap, world.bus.settings.topic_prefix)
    app = build_worker(settings)
    async with app.router.lifespan_context(app):
        yield app


async def test_migrating_twice_at_once_and_again_leaves_one_beginning(postgres_url, bus_settings, topics):
    async with empty_database(postgres_url) as owner_url:
        url = service_url(SCHEMA, owner_url)
        settings = MigrationSettings(
            **bus_settings.model_dump() | {"event_partitions": 2}, database_url=url, owner_database_url=owner_url
        )

        begun = await asyncio.gather(migrate(settings), migrate(settings))

        assert (sum(begun), await migrate(settings)) == (2, 0)
        connection = await asyncpg.connect(owner_url)
        rows = await connection.fetch(
            "SELECT partition, next_offset, generation FROM aggregator.consumer_offsets ORDER BY 1"
        )
        await connection.close()
        assert [tuple(row) for row in rows] == [(0, 0, 1), (1, 0, 1)]


async def test_a_worker_counts_tells_the_invoicer_and_says_how_far_it_is(world, worker):
    for number in range(20):
        await world.use(f"call-{number}", partition=number % 2)

    async def told():
        rows = await world.query("SELECT counted_through > now() - interval '10 seconds' FROM partition_progress")
        return await world.counted() == 20 and all(row[0] for row in rows)

    await eventually(told, 30)
    records = await _aggregated(world)
    assert sum(state.event_count for record in _latest(records) for state in record.states) == 20
    assert await world.query("SELECT FROM outbox") == [], "relayed, and deleted when acknowledged"


@pytest.fixture
def operate(world, monkeypatch, capsysbinary):
    """Runs a command of the quarantine: the exit code, and what it printed."""
    for name, value in {
        "DATABASE_URL": world.database.url,
        "KAFKA_BOOTSTRAP": world.bus.settings.kafka_bootstrap,
        "TOPIC_PREFIX": world.bus.settings.topic_prefix,
        "PORT": "8082",
        "TOKEN_PUBLIC_KEYS": "{}",
        "CURSOR_SECRET": base64.b64encode(b"c" * 32).decode(),
        "DIGEST_KEY": base64.b64encode(bytes(range(32))).decode(),
    }.items():
        monkeypatch.setenv(f"USAGEFLOW_{name}", value)

    async def run(command, declare, *arguments):
        parser = argparse.ArgumentParser()
        declare(parser)
        capsysbinary.readouterr()
        code = await command(parser.parse_args(arguments))
        printed = [line for line in capsysbinary.readouterr().out.splitlines() if line.startswith(b"{")]
        return code, json.loads(printed[-1]) if printed else None

    return run


async def test_an_operator_waives_a_record_that_nobody_can_read(world, worker, operate):
    await world.producer.send(Outgoing(EVENTS_RAW, f"{world.org_id}/user_123/0".encode(), b"{", 0))
    await eventually(lambda: _quarantined(world), 30)

    code, listed = await operate(run_list, list_arguments)
    assert (code, listed["partition"], listed["offset"], listed["org_id"]) == (0, 0, 1, str(world.org_id))

    code, answer = await operate(
        run_waive, waive_arguments, "--partition", "0", "--offset", "1", "--reason", "a broken client"
    )
    assert (code, answer["status"]) == (0, "released")

    async def released():
        rows = await world.query("SELECT release_reason FROM quarantined_events")
        return rows[0]["release_reason"] == "a broken client"

    await eventually(released, 30)
    assert (await operate(run_list, list_arguments))[1] is None
    code, problem = await operate(run_waive, waive_arguments, "--partition", "0", "--offset", "1", "--reason", "again")
    assert (code, problem["code"]) == (1, "state_conflict")
    code, problem = await operate(run_waive, waive_arguments, "--partition", "0", "--offset", "99", "--reason", "none")
    assert (code, problem["code"]) == (1, "not_found")


async def test_a_record_is_shown_mended_and_sent_again_in_front_of_its_release(world, worker, operate, tmp_path):
    meant = encode(world.event("broken-1", amount="7"))
    await world.producer.send(Outgoing(EVENTS_RAW, f"{world.org_id}/user_123/0".encode(), meant + b"\xff", 0))
    await eventually(lambda: _quarantined(world), 30)
    place = ("--partition", "0", "--offset", "1")
    code, shown = await operate(run_show, show_arguments, *place)
    assert (code, shown["org_id"], base64.b64decode(shown["value_base64"])) == (0, str(world.org_id), meant + b"\xff")
    assert shown["detail"]

    as_it_stands = await operate(run_repair, repair_arguments, *place, "--reason", "mended")
    assert (as_it_stands[0], as_it_stands[1]["code"]) == (1, "not_repairable")
    file = tmp_path / "mended.json"
    foreign = encode(msgspec.structs.replace(world.event("broken-1"), org_id=new_id()))
    for wrong in (b"", foreign, meant.replace(b'"broken-1"', b'"other-key"'), b"{}"):
        file.write_bytes(wrong)
        code, problem = await operate(run_repair, repair_arguments, *place, "--reason", "mended", "--value", str(file))
        assert (code, problem["code"]) == (1, "not_repairable"), wrong

    file.write_bytes(meant)
    code, answer = await operate(run_repair, repair_arguments, *place, "--reason", "mended", "--value", str(file))

    assert (code, answer) == (0, {"status": "repaired", "partition": 0, "offset": 1})
    sent = [await world.reader.read_at(0, offset) for offset in (2, 3)]
    contents = [decode(EVENTS_RAW, record.value, record.headers["schema"]) for record in sent]
    assert isinstance(contents[0], UsageEvent)
    assert isinstance(contents[1], Release)
    assert (contents[1].partition, contents[1].offset, contents[1].reason) == (0, 1, "mended")

    async def counted():
        rows = await world.query("SELECT total FROM aggregated_usage")
        return [row["total"] for row in rows] == [7]

    await eventually(counted, 30)
    released = [offset for record in await _aggregated(world) for offset in record.released]
    assert released == [1]
    again = await operate(run_repair, repair_arguments, *place, "--reason", "again", "--value", str(file))
    assert (again[0], again[1]["code"]) == (1, "state_conflict")
    assert (await operate(run_show, show_arguments, "--partition", "0", "--offset", "9"))[0] == 1


async def test_what_this_version_can_read_is_repaired_as_it_stands_and_only_once(world, worker, operate):
    """As after an upgrade: the record was quarantined by a version that could not read it."""
    meant = encode(world.event("early"))
    await world.query(
        "INSERT INTO quarantined_events (partition, log_offset, org_id, detail, key, value, schema_name, appended_at)"
        " VALUES (0, 0, $1, 'by an older version', NULL, $2, $3, now())",
        *(world.org_id, meant, EVENTS_RAW.schema),
    )
    arguments = ("--partition", "0", "--offset", "0", "--reason", "readable now")

    both = [await operate(run_repair, repair_arguments, *arguments) for _ in range(2)]

    assert [code for code, _ in both] == [0, 1]
    assert both[1][1]["code"] == "state_conflict"
    await eventually(lambda: _counted(world, 1), 30)


async def _counted(world, events):
    return await world.counted() == events


async def _quarantined(world):
    return await world.query("SELECT FROM quarantined_events")


async def _aggregated(world):
    """What the relay has sent, from the beginning."""
    consumer = AIOKafkaConsumer(
        world.bus.name(USAGE_AGGREGATED),
        bootstrap_servers=world.bus.settings.kafka_bootstrap,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        (row,) = await world.query("SELECT sum(next_offset) AS total FROM consumer_offsets")
        records = []
        while sum({record.partition: record.next for record in records}.values()) < row["total"]:
            message = await asyncio.wait_for(consumer.getone(), 15)
            records.append(decode(USAGE_AGGREGATED, message.value, dict(message.headers)["schema"]))
        return records
    finally:
        await consumer.stop()


def _latest(records):
    """The last record of each partition that has states: they are absolute."""
    return {record.partition: record for record in records if record.states}.values()
