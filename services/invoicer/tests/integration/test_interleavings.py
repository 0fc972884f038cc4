"""Whatever is applied, closed and swept at once, in whatever order: what was billed is what all events together cost."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from random import Random

import pytest
from dateutil.relativedelta import relativedelta
from invoicer_billing import PARTITIONS, Billing, ready
from invoicer_log import Event, Window, at, measured

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.ids import new_id
from usageflow_common.metering import AGGREGATIONS, Aggregation
from usageflow_common.money import round_to_minor
from usageflow_common.records import UsageAggregated
from usageflow_invoicer.domain.verification import verify
from usageflow_invoicer.service.closing import carry_out
from usageflow_invoicer.service.evidence import read_stored, recount_lines
from usageflow_invoicer.store import runs

CUSTOMERS = ("a", "b", "c")
MONTHS = ("2026-03", "2026-04", "2026-05")
INCLUDED = defaultdict(lambda: "10000", COUNT="3", UNIQUE="1")
CLOSINGS = ("2026-04-01T01:00", "2026-05-01T01:00", "2026-06-01T01:00", "2026-07-01T01:00")


CASES = [*((aggregation, 0) for aggregation in AGGREGATIONS), ("SUM", 1)]


@dataclass(slots=True)
class Shard:
    """One partition's aggregator, which does as it likes; what it sends is applied in its order."""

    billing: Billing
    partition: int
    random: Random

    async def act(self, rounds: int) -> None:
        """Mostly events; now and then one is voided, a shard is rebuilt, or a record is lost and the shard republished."""
        for _ in range(rounds):
            match self.random.choices(("track", "void", "rebuild", "lose"), (12, 4, 1, 1))[0]:
                case "track":
                    await self.billing.log.apply_all(await self._counted())
                case "void":
                    await self._void()
                case "rebuild":
                    await self.billing.log.apply_all(await self.billing.log.rebuild(self.partition, self._windows()))
                case "lose":
                    lost = await self._counted()
                    for part in await self.billing.log.republish(self.partition, parts=3, after=lost.next):
                        await self.billing.log.apply_all(part)

    async def _counted(self) -> UsageAggregated:
        amount = str(self.random.choice((-30_000, -7, 9_000, 25_000)))
        when = f"{self.random.choice(MONTHS)}-{self.random.randrange(1, 29):02}"
        calls, group = self.random.randrange(1, 3), self.random.choice((None, "eu"))
        return await self.billing.counted(self.random.choice(CUSTOMERS), when, calls, amount, self.partition, group)

    async def _void(self) -> None:
        found = [event for window in self._windows() for event in self.billing.log.effective(window)]
        if found:
            await self.billing.void(self.random.choice(found))

    def _windows(self) -> list[Window]:
        return [
            window
            for window in self.billing.log.windows
            if (window.org_id, window.partition) == (self.billing.org_id, self.partition)
        ]


@pytest.mark.parametrize(("aggregation", "seed"), CASES)
async def test_lines_and_adjustments_add_up_to_the_rating_of_all_events(
    billing: Billing, aggregation: Aggregation, seed: int
):
    billing.meter(aggregation)
    for customer in CUSTOMERS:
        await billing.subscribe(customer, "2026-03-01", await billing.plan(included=INCLUDED[aggregation]))
    shards = [Shard(billing, partition, Random(f"{seed}/{partition}")) for partition in range(PARTITIONS)]  # noqa: S311 -- a choice of tests, not a secret

    for now in CLOSINGS:
        last = now == CLOSINGS[-1]
        await asyncio.gather(*(shard.act(4) for shard in shards))
        closing = await ready(billing, now)
        other = replace(closing.run, run_id=new_id(), trigger="manual")
        async with transaction(billing.engine) as tx:
            await runs.insert_run(tx, other)
        clock = Clock(lambda _org, now=now: at(now) - Clock().wall())
        closers = (
            carry_out(billing.engine, run, closing.markers, billing.organization, clock, batch=2)
            for run in (closing.run, other)
        )
        late = (shard.act(0 if last else 6) for shard in shards)
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
            value = measured(
                billing.log.aggregation(billing.metric.metric_id), _events(billing, customer), *_span(month)
            )
            billable = max(Decimal(0), (value or Decimal(0)) - int(INCLUDED[billing.metric.aggregation]))
            assert sum(line.amount_minor for line in mine) == round_to_minor(billable / 100, "USD")
    for each in invoices:
        stored = await recount_lines(
            await read_stored(billing.engine, billing.org_id, each.invoice.invoice_id), billing.log
        )
        assert [check for check in verify(stored) if not check.passed] == []
        assert each.stored_total_minor >= 0


def _events(billing: Billing, customer: str) -> list[Event]:
    """Those that count in the end."""
    return [
        event
        for event in billing.log.counted
        if (event.customer_id, event.metric_id) == (customer, billing.metric.metric_id)
        and event not in billing.log.voids
    ]


def _span(month: str) -> tuple[datetime, datetime]:
    start_at = at(f"{month}-01")
    return start_at, start_at + relativedelta(months=1)
