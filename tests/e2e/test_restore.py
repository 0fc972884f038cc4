"""The restore drill: PostgreSQL goes back to a backup, Kafka stays, and the commands of docs/operations.md bring everything together again."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest
from tenant import Tenant, eventually
from test_rebuild import owner
from test_tenants import client_of, known, make_key, operate

from usageflow_common.ids import parse_public_id
from usageflow_local.postgres import programs_folder
from usageflow_local.services import SERVICES

PARTS = [service.part(kind) for service in SERVICES for kind in service.kinds]
MANUAL = Path(__file__).parents[2] / "docs" / "operations.md"


def commands(name):
    """What the manual tells to type at this step of the drill."""
    found = re.search(rf"<!-- drill: {name} -->\n```bash\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    return found.group(1)


async def typed(system, folder, script):
    """Typed at a terminal of the installation: the output."""
    home = system.log_of("gateway-api").parent.parent
    programs = [str(Path(sys.executable).parent), str(programs_folder()), os.environ["PATH"]]
    environment = {
        "PATH": ":".join(programs),
        "USAGEFLOW_HOME": str(home),
        "USAGEFLOW_OWNER_DATABASE_URL": system.postgres.owner_url,
        "COLUMNS": "200",
    }
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euxc", script),
        cwd=folder,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await shell.communicate()
    assert shell.returncode == 0, out.decode() + err.decode()
    return out.decode()


async def windows(system, org_id):
    """What is kept at the aggregator and at the invoicer, whatever the generation."""
    columns = "customer_id, metric_id, shard, window_start_at, version, event_count, total, digest"
    async with owner(system) as connection:
        return [
            [
                tuple(row)
                for row in await connection.fetch(
                    f"SELECT {columns} FROM {table} WHERE org_id = $1 ORDER BY 1, 2, 3, 4", org_id
                )
            ]
            for table in ("aggregator.aggregated_usage", "invoicer.usage_windows")
        ]


async def bills(tenant):
    """Everything that a customer holds: invoices with their states, payments, credit notes."""
    invoices = [await tenant.get(f"/api/invoices/{each['id']}") for each in (await tenant.get("/api/invoices"))["data"]]
    notes = (await tenant.get("/api/credit-notes"))["data"]
    return invoices, (await tenant.get("/api/payments"))["data"], notes


def received(receiver):
    """Webhook id by number of the invoice, of what has come so far."""
    found = []
    while not receiver.deliveries.empty():
        delivery = receiver.deliveries.get_nowait()
        found.append((delivery.event()["data"]["invoice"]["number"], delivery.webhook_id))
    return found


async def closed(tenant, subscription):
    run = await tenant.completed_run((await tenant.begin_close(subscription["id"]))["id"])
    assert run["status"] == "completed", run
    return (await tenant.invoices())[0]


async def pay(tenant, invoice, amount_minor):
    body = {
        "status": "succeeded",
        "amount": {"amountMinor": amount_minor, "currency": "USD"},
        "reference": f"{invoice['number']}-{amount_minor}",
    }
    await tenant.post(f"/api/invoices/{invoice['id']}/payments", body)


async def live_on_behind_the_backup(system, first, second, subscription):
    """A close, parts of payments, credit, corrections, a metric, a plan, and events of every kind. What is counted at the end."""
    paid = (await first.invoices())[0]
    await second.track(range(20, 60))
    await second.counted(60)
    lost = await closed(second, subscription)
    assert (paid["number"], lost["number"]) == ("INV-000001", "INV-000002")
    await pay(first, paid, paid["total"]["amountMinor"])
    await pay(second, lost, 4_000)
    line = (await second.get(f"/api/invoices/{lost['id']}"))["lines"][0]
    credited = {"lineId": line["id"], "amount": {"amountMinor": 1_000, "currency": "USD"}}
    note = {"lines": [credited], "reason": "kindness", "disposition": "reduce_due"}
    await second.post(f"/api/invoices/{lost['id']}/credit-notes", note)
    await first.post("/api/metrics", {"code": "LATER", "name": "Later", "aggregation": "COUNT"})
    await first.post("/api/track", first.call(900, metric="LATER"))
    await first.post("/api/customers", {"customerId": "later", "name": "Later"})
    await first.track(range(20, 45))  # late: its month is billed
    await first.counted(45)
    org_id = parse_public_id("org", (await first.get("/api/organization"))["id"])

    async def agreed():
        ours, theirs = await windows(system, org_id)
        return ours if ours == theirs and len({row[1] for row in ours}) == 2 else None

    return org_id, await eventually("the same windows at both", agreed)


@pytest.mark.timeout(300)
async def test_a_restored_database_goes_on_with_what_kafka_has_kept(system, receiver, tmp_path):
    founded = await operate(system, "org", "create", "--name", "Restored", "--json")
    async with client_of(system, (await make_key(system, founded["id"]))["secret"]) as http:
        await known(http)
        first, second = Tenant(http), Tenant(http)
        await first.prepare(receiver.url)
        await second.prepare()
        for tenant in (first, second):
            await tenant.track(range(20))
        await closed(first, await first.subscribe())
        subscription = await second.subscribe()
        await typed(system, tmp_path, commands("backup"))

        org_id, counted = await live_on_behind_the_backup(system, first, second, subscription)
        before = await bills(first)
        refused = await typed(system, tmp_path, "usageflow restore --reason early || echo refused")
        await asyncio.gather(*(system.stop(part) for part in PARTS))
        try:
            told = await typed(system, tmp_path, commands("restore"))
        finally:
            await asyncio.gather(*(system.resume(part) for part in PARTS))
        await system.wait_ready(*PARTS)
        await known(http)

        assert refused.endswith("refused\n")
        lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        own = [line for line in lines if line.get("organizationId") == founded["id"]]
        assert [line["byHand"] for line in own] == ["metric.created", "customer.created"]
        await second.counted(60)

        async def told_again():
            return True if await windows(system, org_id) == [counted, counted] else None

        await eventually("what was counted before, at both", told_again, 90)
        assert documents(await bills(first)) == documents(before)
        for invoice in before[0]:
            assert (await first.verified(invoice["id"]))["status"] == "passed"
        assert (await first.get("/api/metrics", code="LATER"))["data"][0]["name"] == "LATER"

        # Nothing is billed twice, and the next number is the next one.
        third = Tenant(http)
        await third.prepare()
        await third.track(range(5))
        for again in (subscription, await third.subscribe()):
            await third.completed_run((await third.begin_close(again["id"]))["id"])
        assert sorted(each["number"] for each in (await bills(first))[0]) == [f"INV-{n:06d}" for n in (1, 2, 3)]
        await typed(system, tmp_path, commands("look"))

    ids = received(receiver)
    assert {number for number, _ in ids} == {"INV-000001", "INV-000002", "INV-000003"}
    assert len(set(ids)) == 3


def documents(held):
    """Without the versions: a balance that was added up again counts its own."""
    invoices, payments, notes = held
    return (
        [{name: each[name] for name in each if name not in ("version", "updatedAt")} for each in invoices],
        payments,
        notes,
    )
