"""What nobody could read keeps drafts, and its release lets them go on by themselves."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from invoicer_billing import Billing, waits_for_a_lock
from invoicer_log import at
from msgspec import structs

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.records import Quarantined
from usageflow_invoicer.service.schedule import schedule_runs
from usageflow_invoicer.store import periods, runs

NOW = "2026-04-01T01:00"


async def is_due(billing: Billing) -> bool:
    """Whether the scheduler would try the organization's periods now."""
    async with transaction(billing.engine) as tx:
        ended = await periods.earliest_ends(tx, Clock().wall(), at(NOW))
    return billing.org_id in {each.org_id for each in ended if each.due_at is not None}


async def failures(billing: Billing) -> list[str]:
    rows = await billing.fetch("SELECT failures FROM billing_runs WHERE org_id = $1", billing.org_id)
    return [failure["code"] for row in rows for failure in row["failures"]]


@pytest.mark.parametrize("known", [True, False])
async def test_a_release_lets_the_schedule_go_on_at_once(billing: Billing, known: bool):
    """Whether the record said whose it is or not."""
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=3)
    offset = await billing.quarantine(billing.org_id if known else None)
    assert await billing.close(NOW) == []
    assert await failures(billing) == ["quarantined"]
    assert not await is_due(billing)  # no run after run for nothing
    await billing.track("c", "2026-03-21", calls=2)
    await billing.release(offset)
    assert await is_due(billing)
    clock = Clock(lambda _org: at(NOW) + timedelta(minutes=1) - Clock().wall())
    found = {billing.org_id: billing.organization}
    await schedule_runs(billing.engine, found.get, clock, partitions=2)
    barrier_id = await billing.start_run(NOW)  # joins the one that the schedule has made
    await billing.mark()
    for partition in range(2):
        await billing.echo(barrier_id, partition)
    await billing.carry_out(NOW)
    [march] = await billing.invoices()
    assert march.invoice.lines[1].evidence.event_count == 5


async def test_a_release_of_one_record_waits_for_the_others(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    first, second = await billing.quarantine(billing.org_id), await billing.quarantine(None, partition=1)
    await billing.release(first)
    assert await billing.close(NOW) == []
    await billing.release(second, partition=1)
    assert len(await billing.close(NOW)) == 1


async def test_a_release_between_the_close_and_its_postponement_is_not_missed(billing: Billing):
    """Whoever postpones holds the records that it postpones for: a release comes after it, and hurries it on."""
    subscription_id = await billing.subscribe("c", "2026-03-01")
    offset = await billing.quarantine(billing.org_id)
    async with transaction(billing.engine) as tx:
        assert await runs.hold_quarantine(tx, billing.org_id)
        release = asyncio.create_task(billing.release(offset))
        await waits_for_a_lock(billing)
        await periods.postpone(tx, billing.org_id, [subscription_id], Clock().wall() + timedelta(hours=1))
    await release
    assert await is_due(billing)
    async with transaction(billing.engine) as tx:
        assert not await runs.hold_quarantine(tx, billing.org_id)


async def test_a_release_of_another_organization_hurries_nobody(billing: Billing):
    subscription_id = await billing.subscribe("c", "2026-03-01")
    offset = await billing.quarantine(UUID(int=7))
    async with transaction(billing.engine) as tx:
        await periods.postpone(tx, billing.org_id, [subscription_id], Clock().wall() + timedelta(hours=1))
    await billing.release(offset)
    assert not await is_due(billing)


async def test_a_whole_shard_releases_what_was_released_in_a_gap(billing: Billing):
    await billing.subscribe("c", "2026-03-01")
    released, kept = await billing.quarantine(billing.org_id), await billing.quarantine(billing.org_id)
    assert await billing.close(NOW) == []
    [part] = await billing.log.republish(0, parts=1)
    named = structs.replace(part, quarantined=(Quarantined(offset=kept, org_id=billing.org_id),))
    await billing.log.apply_all(named)
    rows = await billing.fetch('SELECT "offset" FROM quarantined_records WHERE org_id = $1', billing.org_id)
    assert ([row["offset"] for row in rows], released < kept) == ([kept], True)
    assert await is_due(billing)
    await billing.log.apply_all(*await billing.log.republish(0, parts=2))
    assert len(await billing.close(NOW)) == 1
