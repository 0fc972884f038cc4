"""`usageflow rebuild` and `republish` against the running system: found, put right, and told to the invoicer."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from tenant import Tenant, eventually, text
from test_command_line import usageflow

from usageflow_common.ids import parse_public_id, public_id
from usageflow_local.system import System


@asynccontextmanager
async def owner(system: System) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(system.postgres.owner_url)
    try:
        yield connection
    finally:
        await connection.close()


async def kept(system: System, tenant: Tenant) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """The customer's windows at the aggregator and at the invoicer."""
    columns = "shard, window_start_at, generation, version, event_count, total, digest"
    async with owner(system) as connection:
        ours, theirs = [
            await connection.fetch(
                f"SELECT {columns} FROM {table} WHERE customer_id = $1 ORDER BY 1, 2", tenant.customer_id
            )
            for table in ("aggregator.aggregated_usage", "invoicer.usage_windows")
        ]
    return ours, theirs


async def agreed(system: System, tenant: Tenant) -> bool | None:
    ours, theirs = await kept(system, tenant)
    return True if ours and ours == theirs else None


async def test_usage_that_was_falsified_is_found_put_right_and_told_to_the_invoicer(
    system: System, tenant: Tenant
) -> None:
    await tenant.prepare()
    await tenant.track(range(50))
    await tenant.counted(50)
    await eventually("the same windows at both", lambda: agreed(system, tenant))
    before = await kept(system, tenant)
    async with owner(system) as connection:
        org_id = await connection.fetchval(
            "SELECT org_id FROM aggregator.aggregated_usage WHERE customer_id = $1", tenant.customer_id
        )
        await connection.execute(
            "UPDATE aggregator.aggregated_usage SET total = total + 1000 WHERE customer_id = $1", tenant.customer_id
        )
    assert (await tenant.usage())["value"] == "1050"
    range_ = ("--org", public_id("org", org_id), "--from", tenant.start_at, "--to", text(tenant.today))
    assert parse_public_id("org", range_[1]) == org_id

    found = await usageflow(system, "rebuild", *range_, "--metric", "API_CALL")
    assert found.code == 1, found
    *differences, summary = [json.loads(line) for line in found.out.splitlines()]
    ours = [each for each in differences if each["customerId"] == tenant.customer_id]
    assert [(each["kept"]["sum"], each["rebuilt"]["sum"]) for each in ours] == [("1050", "50")]
    assert summary["differences"] == len(differences)
    assert summary["repaired"] == 0

    mended = await usageflow(system, "rebuild", *range_, "--apply", "--reason", "falsified by a test")
    assert mended.code == 0, mended
    assert (await usageflow(system, "rebuild", *range_)).code == 0
    assert (await tenant.usage())["value"] == "50"
    await eventually("the same windows at both", lambda: agreed(system, tenant))
    after = await kept(system, tenant)
    assert [tuple(row)[4:] for row in after[0]] == [tuple(row)[4:] for row in before[0]]

    await tenant.track(range(50, 60))
    assert (await tenant.counted(60))["value"] == "60"


async def test_a_partition_is_republished_while_events_come_in(system: System, tenant: Tenant) -> None:
    await tenant.prepare()
    await tenant.track(range(30))
    await tenant.counted(30)
    shard = (await kept(system, tenant))[0][0]["shard"]
    async with owner(system) as connection:
        await connection.execute("DELETE FROM invoicer.usage_windows WHERE customer_id = $1", tenant.customer_id)

    done = await usageflow(system, "republish", str(shard), "--reason", "lost by a test")
    await tenant.track(range(30, 40))

    assert done.code == 0, done
    assert (await tenant.counted(40))["value"] == "40"
    await eventually("the same windows at both", lambda: agreed(system, tenant))
    assert (await usageflow(system, "republish", "9999", "--reason", "none")).code == 2
