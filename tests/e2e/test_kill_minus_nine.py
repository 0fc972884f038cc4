"""Whatever is killed in the middle: one invoice of 120.00, proved, and one webhook id."""

import asyncio
import queue

import pytest
from tenant import eventually

CALLS = range(1, 12_001)


async def track_twice_while_killing(system, tenant, parts):
    """Everything is sent twice; the parts die one after the other meanwhile."""

    async def kill_them():
        for part in parts:
            await asyncio.sleep(0.7)
            system.kill(part)

    await asyncio.gather(tenant.track(CALLS), kill_them())
    await tenant.track(CALLS)


def received_ids(receiver, invoice_id):
    """The webhook ids of all deliveries about this invoice so far."""
    ids = []
    while True:
        try:
            delivery = receiver.deliveries.get_nowait()
        except queue.Empty:
            return ids
        if delivery.event()["data"]["invoice"]["id"] == invoice_id:
            ids.append((delivery.webhook_id, delivery))


async def test_the_invoice_is_the_same_when_workers_are_killed_in_the_middle(system, tenant, receiver):
    endpoint = await tenant.prepare(receiver.url)
    # 1. The aggregator dies while it counts, and ingest while it accepts.
    await track_twice_while_killing(system, tenant, ["aggregator-worker", "ingest-api", "aggregator-worker"])
    subscription = await tenant.subscribe()
    # 2. The invoicer dies while it waits for the barrier or closes.
    run = await tenant.begin_close(subscription["id"])
    system.kill("invoicer-worker")
    await asyncio.sleep(1.0)
    system.kill("aggregator-worker")
    # 3. The webhooks worker dies when it should deliver.
    system.kill("webhooks-worker")
    run = await tenant.completed_run(run["id"])
    assert (run["status"], run["failures"]) == ("completed", [])
    invoices = await tenant.invoices()
    system.kill("invoicer-worker")
    system.kill("webhooks-worker")

    assert [invoice["total"] for invoice in invoices] == [{"amountMinor": 12_000, "currency": "USD"}]
    assert await tenant.usage() == {"value": "12000", "eventCount": 12_000}
    report = await tenant.verified(invoices[0]["id"])
    assert (report["status"], report["checkedEvents"]) == ("passed", 12_000)

    seen = []

    async def delivered():
        seen.extend(received_ids(receiver, invoices[0]["id"]))
        return seen or None

    await eventually("a delivery", delivered, 90.0)
    await system.wait_ready()
    seen.extend(received_ids(receiver, invoices[0]["id"]))
    assert len({webhook_id for webhook_id, _ in seen}) == 1
    assert all(delivery.signed_with(endpoint["secret"]) for _, delivery in seen)
    assert len(await tenant.invoices()) == 1


@pytest.mark.parametrize("part", ["gateway-api", "invoicer-api", "aggregator-api", "webhooks-api"])
async def test_a_killed_api_leaves_one_effect_of_a_repeated_command(system, tenant, part):
    async def kill_it():
        await asyncio.sleep(0.05)
        system.kill(part)

    await tenant.prepare()
    body = {"customerId": f"twice-{tenant.mark}", "name": "Once"}
    answers = await asyncio.gather(
        *(tenant.post("/api/customers", body, key=f"same-{tenant.mark}") for _ in range(5)), kill_it()
    )
    assert len({answer["createdAt"] for answer in answers[:-1]}) == 1
    await system.wait_ready(part)
