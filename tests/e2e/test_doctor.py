"""`usageflow doctor` over the whole system: well, and with each kind of damage that it is there to find."""

import asyncio
import json
from contextlib import asynccontextmanager
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from tenant import Tenant
from test_command_line import usageflow
from test_rebuild import owner
from test_tenants import client_of, known, make_key, operate

from usageflow_common.ids import parse_public_id
from usageflow_common.kafka.topic_settings import required_topics
from usageflow_common.settings import BusSettings
from usageflow_common.topics import INVOICE_CREATED


async def examined(system, *more, **environment):
    """Exit code, and the grade and words of each check."""
    ended = await usageflow(system, "doctor", "--json", "--chains", "0", *more, **environment)
    assert ended.out, ended.err
    return ended.code, {finding["check"]: finding for finding in json.loads(ended.out)}


@asynccontextmanager
async def damaged(system, damage, repair, *values):
    """Rows as somebody else might have left them, put back at the end; triggers and foreign keys do not look."""
    async with owner(system) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(damage, *values)
        try:
            yield
        finally:
            await connection.execute(repair, *values)


async def test_a_healthy_system_has_no_failed_check_and_says_so_in_plain_lines(system):
    code, found = await examined(system)
    assert (code, [finding for finding in found.values() if finding["grade"] == "failed"]) == (0, [])
    assert {"kafka", "topics", "clocks", "quarantine", "overdue periods", "gateway schema", "webhooks outbox"} <= set(
        found
    )
    plain = await usageflow(system, "doctor", "--chains", "0")
    assert "ok       topics: all " in plain.out


async def test_a_topic_with_another_retention_is_named(system):
    settings = BusSettings(kafka_bootstrap=system.kafka.bootstrap)
    required = required_topics(INVOICE_CREATED, settings)[0]
    admin = AIOKafkaAdminClient(bootstrap_servers=system.kafka.bootstrap)
    await admin.start()
    try:
        wrong = {**required.overrides, "retention.ms": "60000"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, required.name, wrong)])
        code, found = await examined(system)
        assert code == 1
        assert "retention.ms is 60000" in found["topic invoice.created"]["seen"]
    finally:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, required.name, dict(required.overrides))])
        await admin.close()


async def test_a_missing_migration_is_failed(system):
    async with damaged(
        system,
        "UPDATE invoicer.schema_version SET version_num = 'x' || version_num",
        "UPDATE invoicer.schema_version SET version_num = substr(version_num, 2)",
    ):
        code, found = await examined(system)
    assert (code, found["invoicer schema"]["grade"]) == (1, "failed")
    assert "usageflow migrate --service invoicer" in found["invoicer schema"]["remedy"]


async def test_a_position_behind_the_end_of_the_log_is_a_halt(system):
    await system.stop("invoicer-worker")
    try:
        async with damaged(
            system,
            "UPDATE invoicer.applied_offsets SET position = position + 1000000 WHERE partition = 0",
            "UPDATE invoicer.applied_offsets SET position = position - 1000000 WHERE partition = 0",
        ):
            code, found = await examined(system)
    finally:
        await system.resume("invoicer-worker")
        await system.wait_ready("invoicer-worker")
    assert (code, found["invoicer halted at usage.aggregated"]["grade"]) == (1, "failed")
    assert "[0]" in found["invoicer halted at usage.aggregated"]["seen"]


async def bury(system, topic, partition, value, headers):
    """A record as nobody of this version writes one; its offset."""
    producer = AIOKafkaProducer(bootstrap_servers=system.kafka.bootstrap)
    await producer.start()
    try:
        return (await producer.send_and_wait(topic, value, partition=partition, headers=headers)).offset
    finally:
        await producer.stop()


async def overdue_subscription(system, tenant):
    """A period that has ended for long, of a subscription that is not new; nobody is there to close it."""
    await tenant.prepare()
    await tenant.subscribe()
    async with owner(system) as connection:
        await connection.execute(
            "UPDATE invoicer.subscriptions SET created_at = created_at - interval '2 hours' WHERE customer_id = $1",
            tenant.customer_id,
        )


async def skip_record(system, partition, offset):
    """Behind a record that this version will never read."""
    async with owner(system) as connection:
        await connection.execute(
            "INSERT INTO gateway.consumer_positions VALUES ('audit.recorded', $1, $2)"
            " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = greatest(excluded.next_offset,"
            " consumer_positions.next_offset)",
            partition,
            offset + 1,
        )


async def test_what_waits_for_a_person_or_a_worker_is_named_with_its_remedy(system):
    workers = ("gateway-worker", "invoicer-worker", "webhooks-worker")
    founded = await operate(system, "org", "create", "--name", "Overdue", "--json")
    async with client_of(system, (await make_key(system, founded["id"]))["secret"]) as http:
        await known(http)
        await asyncio.gather(*(system.stop(worker) for worker in workers))
        partition, blocked_at = 0, None
        try:
            await overdue_subscription(system, Tenant(http))
            async with owner(system) as connection:
                partition = await connection.fetchval("SELECT min(partition) FROM gateway.consumer_positions")
            blocked_at = await bury(system, "audit.recorded", partition, b"{}", [("schema", b"audit.recorded/99")])
            await skip_record(system, partition, blocked_at - 1)
            await bury(system, "audit.recorded.dlq", 0, b"?", [("dlq_detail", b"nonsense")])
            async with (
                damaged(
                    system,
                    "INSERT INTO aggregator.quarantined_events (partition, log_offset, detail, schema_name, appended_at)"
                    " VALUES (99, 1, 'by a test', 'x', now())",
                    "DELETE FROM aggregator.quarantined_events WHERE partition = 99",
                ),
                damaged(
                    system,
                    "INSERT INTO webhooks.outbox (topic, topic_version, key, value, headers, enqueued_at)"
                    " VALUES ('webhook.dispatch', 1, 'k', '', '{}', now() - interval '1 hour')",
                    "DELETE FROM webhooks.outbox WHERE enqueued_at < now() - interval '30 minutes'",
                ),
            ):
                code, found = await examined(system)
        finally:
            if blocked_at is not None:
                await skip_record(system, partition, blocked_at)
            await asyncio.gather(*(system.resume(worker) for worker in workers))
            await system.wait_ready(*workers)
    failed = ("quarantine", "webhooks outbox", "overdue periods", "gateway blocked at audit.recorded")
    assert (code, {name: found[name]["grade"] for name in failed}) == (1, dict.fromkeys(failed, "failed"))
    assert founded["id"] in found["overdue periods"]["seen"]
    assert f"partition {partition}: offset {blocked_at}" in found["gateway blocked at audit.recorded"]["seen"]
    assert found["dead letters"]["grade"] == "warning"
    assert "audit.recorded.dlq" in found["dead letters"]["seen"]


async def test_a_lease_that_nobody_takes_over_is_failed(system):
    await system.stop("invoicer-worker")
    try:
        async with damaged(
            system,
            "INSERT INTO invoicer.billing_runs (org_id, run_id, barrier_id, trigger, status, as_of, due_before,"
            " periods_closed, failures, created_at, leased_until) SELECT $1::uuid, $1::uuid, $1::uuid, 'manual', 'waiting',"
            " now(), now(), 0, '[]', now(), now() - interval '1 hour'",
            "DELETE FROM invoicer.billing_runs WHERE run_id = $1::uuid",
            uuid4(),
        ):
            code, found = await examined(system)
    finally:
        await system.resume("invoicer-worker")
        await system.wait_ready("invoicer-worker")
    assert (code, found["leases of billing runs"]["grade"]) == (1, "failed")


async def test_stores_that_are_away_are_failed_and_not_a_traceback(system):
    nowhere = "127.0.0.1:1"
    code, found = await examined(
        system,
        USAGEFLOW_KAFKA_BOOTSTRAP=nowhere,
        USAGEFLOW_INGEST_DATABASE_URL=f"postgresql://usageflow_ingest:none@{nowhere}/usageflow",
    )
    assert code == 1
    assert (found["kafka"]["grade"], found["ingest database"]["grade"]) == ("failed", "failed")
    assert found["gateway database"]["grade"] == "ok"


async def test_an_invoice_row_or_an_audit_entry_that_was_tampered_with_breaks_its_chain(system):
    founded = await operate(system, "org", "create", "--name", "Examined", "--json")
    async with client_of(system, (await make_key(system, founded["id"]))["secret"]) as http:
        await known(http)
        tenant = Tenant(http)
        await tenant.prepare()
        await tenant.track(range(5))
        await tenant.counted(5)
        subscription = await tenant.subscribe()
        await tenant.completed_run((await tenant.begin_close(subscription["id"]))["id"])
        await tenant.invoices()
    _, found = await examined(system, "--chains", "1000", "--invoices", "2")
    assert (found["invoice chains"]["grade"], found["audit chains"]["grade"]) == ("ok", "ok")
    async with (
        damaged(
            system,
            "UPDATE invoicer.invoices SET total_minor = total_minor + 1 WHERE customer_id = $1",
            "UPDATE invoicer.invoices SET total_minor = total_minor - 1 WHERE customer_id = $1",
            tenant.customer_id,
        ),
        damaged(
            system,
            "UPDATE gateway.audit_logs SET ip = '203.0.113.1' WHERE sequence = 1 AND org_id = $1",
            "UPDATE gateway.audit_logs SET ip = NULL WHERE sequence = 1 AND org_id = $1",
            parse_public_id("org", founded["id"]),
        ),
    ):
        code, found = await examined(system, "--chains", "1000", "--invoices", "2")
    assert code == 1
    assert founded["id"] in found["invoice chains"]["seen"]
    assert founded["id"] in found["audit chains"]["seen"]
