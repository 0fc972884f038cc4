"""Usage that never stops coming in for a period does not keep it from being closed."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from invoicer_billing import PARTITIONS, Billing, ready
from invoicer_log import Event, at

from usageflow_common.kafka import Applied
from usageflow_invoicer.service.close import close_batch


async def test_a_batch_is_closed_while_all_of_its_periods_keep_changing(billing: Billing):
    customers = [f"c{n}" for n in range(100)]
    ids = [await billing.subscribe(customer, "2026-03-01") for customer in customers]
    closing = await ready(billing, "2026-04-01T01:00")
    begun, closed = asyncio.Event(), asyncio.Event()

    async def keep_applying(partition: int) -> int:
        applied = 0
        while not closed.is_set():
            await late_usage(billing, customers, partition)
            applied += 1
            begun.set()
        return applied

    async def close() -> None:
        await begun.wait()
        try:
            assert len((await close_batch(billing.engine, closing, ids)).invoice_ids) == len(ids)
        finally:
            closed.set()

    *applied, _ = await asyncio.gather(*(keep_applying(partition) for partition in range(PARTITIONS)), close())
    assert min(applied) > 1
    await billing.carry_out("2026-04-01T01:00")
    await billing.close("2026-05-01T01:00")  # whatever came behind the cut is on the next invoice
    lines = [line for each in await billing.invoices() for line in each.invoice.lines if line.evidence is not None]
    assert sum(line.evidence.event_count for line in lines) == sum(applied) * len(customers)


async def late_usage(billing: Billing, customers: Sequence[str], partition: int) -> None:
    """One dear call of each customer in the last window of March, applied."""
    first, _ = await billing.log.standing(partition)
    when, metric_id = at("2026-03-31T23:50"), billing.metric.metric_id
    events = [Event(each, metric_id, partition, first + n, when, Decimal(20_000)) for n, each in enumerate(customers)]
    outcome = await billing.log.apply(await billing.log.record(billing.org_id, partition, events))
    assert isinstance(outcome, Applied)
