"""A record that nobody can read, from the damage to the invoice that waited for its repair."""

import json
from uuid import uuid4

import pytest
from corrected import Correcting
from tenant import eventually
from test_command_line import usageflow
from test_tenants import client_of, known

from usageflow_common.kafka import Bus, Outgoing, Producer
from usageflow_common.settings import BusSettings
from usageflow_common.topics import EVENTS_RAW, events_raw_key
from usageflow_local.environment import environment_of


@pytest.mark.timeout(300)
async def test_an_invoice_waits_for_a_damaged_record_and_holds_it_when_it_is_repaired(system, tmp_path):
    # An organization of its own: every invoice of it waits.
    made = await usageflow(system, "org", "create", "--name", f"Damaged {uuid4().hex[:6]}", "--json")
    key = await usageflow(system, "key", "create", "--org", json.loads(made.out)["id"], "--scopes", "*", "--json")
    async with client_of(system, json.loads(key.out)["secret"]) as http:
        await known(http)
        tenant = Correcting(http)
        await tenant.prepare()
        await tenant.track(range(10_000))
        await tenant.track([20_000])
        await tenant.counted(10_001)
        metric_id = (await tenant.get("/api/metrics", code="API_CALL"))["data"][0]["id"]
        meant = await record_like(tenant, metric_id, 20_001)
        place = await damage(system, meant)
        shown = await eventually("the quarantine", lambda: quarantined(system, place))
        assert shown["org_id"] == meant["org_id"]

        subscription = await tenant.subscribe()
        run = await tenant.completed_run((await tenant.begin_close(subscription["id"]))["id"])
        assert [failure["code"] for failure in run["failures"]] == ["quarantined"]
        assert (await tenant.get("/api/invoices", customerId=tenant.customer_id, status="open"))["data"] == []

        file = tmp_path / "mended.json"
        file.write_text(json.dumps(meant))
        refused = await usageflow(system, "quarantine", "repair", *place, "--reason", "as it stands")
        assert (refused.code, json.loads(refused.out)["code"]) == (1, "not_repairable")
        repaired = await usageflow(
            system, "quarantine", "repair", *place, "--reason", "a bit flipped", "--value", str(file)
        )
        assert repaired.code == 0, repaired.out + repaired.err

        await tenant.counted(10_002)
        invoice = await eventually("the invoice", lambda: closed(tenant, subscription["id"]), 120)
        assert invoice["total"]["amountMinor"] == 10_002
        assert (await tenant.verified(invoice["id"]))["status"] == "passed"
        twice = await usageflow(system, "quarantine", "repair", *place, "--reason", "again", "--value", str(file))
        assert (twice.code, json.loads(twice.out)["code"]) == (1, "state_conflict")


async def record_like(tenant, metric_id, number):
    """The record that ingest would have made of a call."""
    organization = await tenant.get("/api/organization")
    return {
        "kind": "usage",
        "org_id": bare(organization["id"]),
        "event_id": await tenant.event_id(number),
        "idempotency_key": f"{tenant.mark}-{number}",
        "metric": "API_CALL",
        "metric_ids": [bare(metric_id)],
        "amount": "1",
        "customer_id": tenant.customer_id,
        "occurred_at": tenant.called_at,
        "occurred_at_given": True,
        "properties": {},
        "received_at": tenant.called_at,
        "payload_hash": "ab" * 32,
        "backfill_id": None,
        "api_key_id": None,
    }


def bare(public):
    """`org_01984e7c…` as the UUID that services speak of."""
    digits = public.partition("_")[2]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


async def damage(system, meant):
    """Put a broken copy into the log; where it stands, as the command's words."""
    environment = environment_of("ingest", "api", system.site)
    settings = BusSettings(
        kafka_bootstrap=environment["USAGEFLOW_KAFKA_BOOTSTRAP"],
        topic_prefix=environment["USAGEFLOW_TOPIC_PREFIX"],
        event_partitions=int(environment["USAGEFLOW_EVENT_PARTITIONS"]),
    )
    producer = Producer(Bus(settings, "ingest"))
    await producer.start()
    try:
        key = events_raw_key(meant["org_id"], meant["customer_id"], 0)
        placed = await producer.send(Outgoing(EVENTS_RAW, key, json.dumps(meant).encode()[:-5]))
    finally:
        await producer.stop()
    return str(placed.partition), str(placed.offset)


async def quarantined(system, place):
    shown = await usageflow(system, "quarantine", "show", *place)
    return json.loads(shown.out) if shown.code == 0 else None


async def closed(tenant, subscription_id):
    await tenant.completed_run((await tenant.begin_close(subscription_id))["id"])
    found = (await tenant.get("/api/invoices", customerId=tenant.customer_id, status="open"))["data"]
    return await tenant.get(f"/api/invoices/{found[0]['id']}") if found else None
