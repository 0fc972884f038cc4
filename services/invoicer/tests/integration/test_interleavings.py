"""Whatever is applied, closed and swept at once, in whatever order: what was billed is what all events together cost."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from invoicer_billing import PARTITIONS, Billing, ready
from invoicer_log import at

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import new_id
from usageflow_invoicer.domain.verification import verify
from usageflow_invoicer.service.closing import carry_out
from usageflow_invoicer.service.evidence import read_stored, recount_lines
from usageflow_invoicer.store import runs

CUSTOMERS = ("a", "b", "c")
MONTHS = ("2026-03", "2026-04", "2026-05")
CLOSINGS = ("2026-04-01T01:00", "2026-05-01T01:00", "2026-06-01T01:00", "2026-07-01T01:00")


@pytest.mark.parametrize("seed", range(6))
async def test_lines_and_adjustments_add_up_to_the_rating_of_all_events(billing: Billing, seed: int):
    random = Random(seed)  # noqa: S311 -- a choice of tests, not a secret
    for customer in CUSTOMERS:
        await billing.subscribe(customer, "2026-03-01")

    async def apply(partition: int, rounds: int) -> None:
        for _ in range(rounds):
            amount = str(random.choice((-30_000, -7, 9_000, 25_000)))
            when = f"{random.choice(MONTHS)}-{random.randrange(1, 29):02}"
            await billing.track(random.choice(CUSTOMERS), when, random.randrange(1, 3), amount, partition)

    for now in CLOSINGS:
        last = now == CLOSINGS[-1]
        await asyncio.gather(*(apply(partition, 4) for partition in range(PARTITIONS)))
        closing = await ready(billing, now)
        other = replace(closing.run, run_id=new_id(), trigger="manual")
        async with transaction(billing.engine) as tx:
            await runs.insert_run(tx, other)
        clock = Clock(lambda _org, now=now: at(now) - Clock().wall())
        closers = (
            carry_out(billing.engine, run, closing.markers, billing.organization, clock, batch=2)
            for run in (closing.run, other)
        )
        late = (apply(partition, 0 if last else 6) for partition in range(PARTITIONS))
        await asyncio.gather(*closers, *late)
        await billing.carry_out(now)

    await _check(billing)


async def _check(billing: Billing) -> None:
    invoices = await billing.invoices()
    assert [each.invoice.sequence for each in invoices] == list(range(1, len(CUSTOMERS) * len(CLOSINGS) + 1))
    for customer in CUSTOMERS:
        lines = [line for each in invoices if each.invoice.customer_id == customer for line in each.invoice.lines]
        for month in MONTHS:
            mine = [line for line in lines if line.evidence and f"{line.period.start_at:%Y-%m}" == month]
            amounts = [
                event.amount
                for event in billing.log.counted
                if (event.customer_id, event.metric_id) == (customer, billing.metric.metric_id)
                and f"{event.at:%Y-%m}" == month
            ]
            billable = max(Decimal(0), sum(amounts, Decimal(0)) - 10_000)
            assert sum(line.amount_minor for line in mine) == billable  # 0.01 USD each
    for each in invoices:
        stored = await recount_lines(
            await read_stored(billing.engine, billing.org_id, each.invoice.invoice_id), billing.log
        )
        assert [check for check in verify(stored) if not check.passed] == []
        assert each.stored_total_minor >= 0
