"""`usageflow verify`: every invoice of an organization from its raw events, and the chain to its end."""

import json

from tenant import Tenant
from test_command_line import usageflow
from test_rebuild import owner
from test_tenants import client_of, known, make_key, operate


async def report(system, org_id, *more):
    """Exit code and lines."""
    ended = await usageflow(system, "verify", "--org", org_id, *more)
    return ended.code, [json.loads(line) for line in ended.out.splitlines()]


async def test_every_invoice_of_an_organization_is_verified_and_what_was_falsified_is_named(system):
    founded = await operate(system, "org", "create", "--name", "Audited", "--json")
    async with client_of(system, (await make_key(system, founded["id"]))["secret"]) as http:
        await known(http)
        for _ in range(3):
            tenant = Tenant(http)
            await tenant.prepare()
            await tenant.track(range(20))
            await tenant.counted(20)
            subscription = await tenant.subscribe()
            await tenant.completed_run((await tenant.begin_close(subscription["id"]))["id"])
            await tenant.invoices()
    assert await report(system, founded["id"]) == (
        0,
        [{"organizationId": founded["id"], "invoices": 3, "events": 60, "wrong": 0}],
    )
    assert (await report(system, founded["id"], "--after", "2"))[1][-1]["invoices"] == 1

    ended = await usageflow(system, "reimport")
    assert (ended.code, json.loads(ended.out.splitlines()[1])["brokenChains"]) == (0, 0)
    counts = json.loads(ended.out.splitlines()[1])["invoices"]
    assert counts["known"] >= 3
    assert (counts["imported"], counts["document_only"]) == (0, 0)

    async with owner(system) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "UPDATE aggregator.usage_events SET amount = 2 WHERE customer_id = $1 AND idempotency_key = $2",
            tenant.customer_id,
            f"{tenant.mark}-0",
        )
        await connection.execute(
            "DELETE FROM invoicer.invoices WHERE sequence = 2 AND org_id ="
            " (SELECT org_id FROM invoicer.customers WHERE customer_id = $1)",
            tenant.customer_id,
        )

    code, found = await report(system, founded["id"])
    assert code == 1
    gap, event, counted = found
    assert (gap["sequence"], gap["chain"]) == (2, "missing before INV-000003")
    assert event["number"] == "INV-000003"
    assert {"line_digest", "line_quantity", "chain"} <= {check["check"] for check in event["checks"]}
    assert (counted["invoices"], counted["wrong"]) == (2, 2)
    assert (await usageflow(system, "verify", "--org", "nonsense")).code == 2
