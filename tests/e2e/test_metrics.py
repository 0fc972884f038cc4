"""What alerts look at is told by the processes that do the work, while it is young."""

import time

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tenant import eventually


async def told(system, part):
    """Every sample of a process: name to the greatest value over its labels."""
    async with httpx.AsyncClient(trust_env=False) as client:
        text = (await client.get(f"http://127.0.0.1:{system.ports[part]}/metrics")).text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = max(sample.value, found.get(sample.name, sample.value))
    return found


async def test_counting_keys_closing_and_webhooks_are_measured(system, tenant):
    await tenant.prepare()
    await tenant.track(range(5))
    await tenant.counted(5)
    run = await tenant.begin_close((await tenant.subscribe())["id"])
    await tenant.completed_run(run["id"])
    await tenant.verified((await tenant.invoices())[0]["id"])

    async def counted():
        found = await told(system, "aggregator-worker")
        return found if 0 <= found.get("usageflow_uncounted_seconds", -1) < 60 else None

    aggregator = await eventually("a partition that is counted to its end", counted)
    assert aggregator["usageflow_accept_to_count_seconds_count"] > 0
    assert aggregator["usageflow_ledger_bytes"] > 0
    assert time.time() - (await told(system, "gateway-api"))["usageflow_key_feed_timestamp_seconds"] < 60
    invoicer = await told(system, "invoicer-worker")
    assert invoicer["usageflow_verifications_total"] > 0
    assert invoicer["usageflow_issued_minor_total"] >= 10_000
    assert invoicer["usageflow_overdue_period_seconds"] >= 0
    assert (await told(system, "webhooks-worker"))["usageflow_webhook_oldest_due_seconds"] >= 0
