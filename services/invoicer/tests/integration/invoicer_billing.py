"""Billing over a real PostgreSQL, in the words of its domain. Usage arrives as the aggregator would send it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from invoicer_log import Event, Log, at
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.database import raw, transaction
from usageflow_common.ids import new_id
from usageflow_common.kafka import Incoming
from usageflow_common.metering import Aggregation
from usageflow_common.operations import Answer
from usageflow_common.records import Marker, MetricRecord, OrganizationRecord, Quarantined, UsageAggregated
from usageflow_common.testing import caller, eventually
from usageflow_common.testing.organizations import organization_record
from usageflow_common.testing.payloads import check_data
from usageflow_common.topics import USAGE_AGGREGATED
from usageflow_common.wire import MoneyInput
from usageflow_invoicer.schemas.charges import ChargeInput
from usageflow_invoicer.schemas.plans import DefinitionInput
from usageflow_invoicer.schemas.subscriptions import CancelInput, ChangeInput, PauseInput, SubscriptionCreate
from usageflow_invoicer.service import changes
from usageflow_invoicer.service.changes import Asked
from usageflow_invoicer.service.close import Closing
from usageflow_invoicer.service.closing import carry_out
from usageflow_invoicer.service.customers import create_customer
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.plans import create_plan
from usageflow_invoicer.service.runs import Occasion, passed_runs, schedule_run
from usageflow_invoicer.service.subscriptions import create_subscription
from usageflow_invoicer.store import runs as run_store
from usageflow_invoicer.store.customers import Customer
from usageflow_invoicer.store.invoices import reading
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.plans import Plan

PARTITIONS = 2


def moment(now: str) -> Moment:
    """A time of the organization that is everybody's too."""
    return Moment(at(now), at(now))


def organization() -> OrganizationRecord:
    """A new one, as the gateway would announce it."""
    return organization_record(new_id())


@dataclass(slots=True)
class Billing:
    """One organization with one metric and one plan: 100.00 USD a month, 10,000 calls included, 0.01 each above."""

    engine: AsyncEngine
    owner_url: str
    log: Log
    organization: OrganizationRecord
    metric: MetricRecord
    plans: dict[str, UUID] = field(default_factory=dict)
    keys: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def org_id(self) -> UUID:
        """The organization."""
        return self.organization.org_id

    def asker(self) -> Any:
        """A caller with a new Idempotency-Key."""
        return caller(
            "subscriptions:write",
            "plans:write",
            "customers:write",
            "invoices:write",
            org_id=self.org_id,
            idempotency_key=f"key-{next(self.keys)}",
        )

    async def plan(
        self,
        unit_price: str = "0.01",
        minimum_minor: int | None = None,
        currency: str = "USD",
        interval: str = "month",
        included: str = "10000",
    ) -> UUID:
        """A published plan with one charge."""
        code = f"PLAN-{unit_price}-{minimum_minor}-{currency}-{interval}-{included}".replace(".", "_")
        if code in self.plans:
            return self.plans[code]
        minimum = (
            MoneyInput.model_validate({"amountMinor": minimum_minor, "currency": currency}) if minimum_minor else None
        )
        charge = ChargeInput.model_validate(
            {"metric": "API_CALL", "model": "per_unit", "unitPrice": unit_price, "includedUnits": included}
        ).model_copy(update={"minimum_amount": minimum})
        definition = DefinitionInput.model_validate({"interval": interval, "basePrice": "100"}).model_copy(
            update={"charges": (charge,)}
        )
        plan = Plan(
            self.org_id, new_id(), code, "Pro", None, currency, None, definition.model_dump(mode="json", by_alias=True),
            {}, at("2026-01-01"), 1,
        )  # fmt: skip
        await create_plan(self.engine, self.asker(), plan, definition, {self.metric.code: self.metric}, publish=True)
        self.plans[code] = plan.plan_id
        return plan.plan_id

    async def publish(self, code: str, **definition: Any) -> UUID:
        """A published plan as the API would take it; its charges are of the metric."""
        draft = DefinitionInput.model_validate({"interval": "month", **definition})
        plan = Plan(
            self.org_id, new_id(), code, code.title(), None, "USD", None, draft.model_dump(mode="json", by_alias=True),
            {}, at("2026-01-01"), 1,
        )  # fmt: skip
        await create_plan(self.engine, self.asker(), plan, draft, {self.metric.code: self.metric}, publish=True)
        return plan.plan_id

    def asked(self, subscription_id: UUID, now: str) -> Asked:
        """A change is asked for at this time."""
        return Asked(subscription_id, moment(now))

    async def change(
        self, subscription_id: UUID, plan_id: UUID, now: str, effective: str = "now", shown_at: str | None = None
    ) -> dict[str, Any]:
        """Another plan."""
        wanted = ChangeInput.model_validate(
            {"planId": plan_id, "effective": effective, "at": at(shown_at) if shown_at else None}
        )
        return _body(await changes.change_plan(self.engine, self.asker(), self.asked(subscription_id, now), wanted))

    async def pause(self, subscription_id: UUID, now: str, resume_at: str | None = None) -> dict[str, Any]:
        """No base price from now on."""
        wanted = PauseInput.model_validate({"resumeAt": at(resume_at) if resume_at else None})
        return _body(await changes.pause(self.engine, self.asker(), self.asked(subscription_id, now), wanted))

    async def resume(self, subscription_id: UUID, now: str) -> dict[str, Any]:
        """The pause is over."""
        return _body(await changes.resume(self.engine, self.asker(), self.asked(subscription_id, now)))

    async def cancel(self, subscription_id: UUID, now: str, when: str = "now") -> dict[str, Any]:
        """The end: now, at the period's end, or at a time."""
        wanted = CancelInput.model_validate({"at": when if when in ("now", "period_end") else at(when)})
        return _body(await changes.cancel(self.engine, self.asker(), self.asked(subscription_id, now), wanted))

    async def customer(self, customer_id: str) -> None:
        """A new customer."""
        customer = Customer(self.org_id, customer_id, "Example Ltd", None, None, None, "UTC", {}, at("2026-01-01"), 1)
        await create_customer(self.engine, self.asker(), customer)

    async def subscribe(
        self, customer_id: str, start: str, plan_id: UUID | None = None, now: str | None = None
    ) -> UUID:
        """A new customer on the plan, from this instant on."""
        await self.customer(customer_id)
        return await self.subscribe_existing(customer_id, start, plan_id or await self.plan(), now)

    async def subscribe_existing(self, customer_id: str, start: str, plan_id: UUID, now: str | None = None) -> UUID:
        """A customer who exists already."""
        wanted = SubscriptionCreate.model_validate({"customerId": customer_id, "planId": plan_id, "startAt": at(start)})
        answer = await create_subscription(self.engine, self.asker(), wanted, moment(now or start))
        assert answer.body is not None
        return UUID(answer.body["id"].removeprefix("sub_"))

    def meter(self, aggregation: Aggregation) -> None:
        """The metric is of this aggregation."""
        self.metric = structs.replace(self.metric, aggregation=aggregation)
        self.log.aggregations[self.metric.metric_id] = aggregation

    async def counted(
        self,
        customer_id: str,
        when: str,
        calls: int = 1,
        amount: str = "1",
        partition: int = 0,
        group: str | None = None,
    ) -> UsageAggregated:
        """The aggregator's record of so many calls in one window, not applied yet."""
        applied, _ = await self.log.standing(partition)
        events = [
            Event(customer_id, self.metric.metric_id, partition, applied + index, at(when), Decimal(amount), group)
            for index in range(calls)
        ]
        return await self.log.record(self.org_id, partition, events)

    async def track(self, *arguments: Any, **more: Any) -> list[Event]:
        """Calls that were counted and applied; arguments as of `counted`."""
        record = await self.counted(*arguments, **more)
        await self.log.apply_all(record)
        return self.log.counted[record.from_ - record.next :]

    async def void(self, event: Event) -> None:
        """It counts no more, applied."""
        await self.log.apply_all(await self.log.void(self.org_id, event))

    async def start_run(self, now: str) -> UUID:
        """A scheduled run at this time of the organization; returns its barrier."""
        await schedule_run(self.engine, Occasion(self.organization, at(now), Clock().wall(), PARTITIONS))
        async with transaction(self.engine) as tx:
            runs = [run for run in await run_store.live_runs(tx) if run.org_id == self.org_id]
        return runs[-1].barrier_id

    async def mark(self, *, later: timedelta = timedelta()) -> list[tuple[UUID, tuple[int, ...]]]:
        """The markers that are to be written now."""
        async with transaction(self.engine) as tx:
            return await run_store.take_markers(tx, Clock().wall() + later, timedelta(seconds=3))

    async def echo(self, barrier_id: UUID, partition: int, positions: Mapping[int, int] | None = None) -> None:
        """The aggregator's echo of a marker, applied."""
        applied, _ = await self.log.standing(partition)
        if positions is None:
            positions = {p: (await self.log.standing(p))[0] for p in range(PARTITIONS) if p != partition}
            positions[partition] = applied + 1
        record = await self.log.record(
            self.org_id,
            partition,
            markers=(Marker(barrier_id=barrier_id, offset=applied),),
            positions={str(p): offset for p, offset in positions.items()},
        )
        await self.log.apply_all(record)

    async def quarantine(self, org_id: UUID | None, partition: int = 0) -> int:
        """A record that nobody can read; returns its offset."""
        applied, _ = await self.log.standing(partition)
        record = await self.log.record(
            self.org_id, partition, quarantined=(Quarantined(offset=applied, org_id=org_id),)
        )
        await self.log.apply_all(record)
        return applied

    async def release(self, offset: int, partition: int = 0) -> None:
        """It was repaired."""
        record = await self.log.record(self.org_id, partition, released=(offset,))
        await self.log.apply_all(record)

    async def close(self, now: str) -> list[StoredInvoice]:
        """A whole run behind its barrier, with Kafka's acknowledgements; the organization's invoices that it made."""
        barrier_id = await self.start_run(now)
        await self.mark()
        for partition in range(PARTITIONS):
            await self.echo(barrier_id, partition)
        await self.carry_out(now)
        return await self.invoices(barrier_id)

    async def carry_out(self, now: str, *, acknowledged: bool = True) -> None:
        """Close what has passed, and let Kafka have what was issued (or not yet)."""
        clock = Clock(lambda _org: at(now) - Clock().wall())
        for _ in ("close", "complete"):
            for run, markers in await passed_runs(self.engine):
                if run.org_id == self.org_id:
                    await carry_out(self.engine, run, markers, self.organization, clock, batch=10)
            if acknowledged:
                await self.acknowledge()

    async def acknowledge(self) -> None:
        """Kafka has everything that waited in the outbox. Whatever it tells receivers is as published."""
        async with transaction(self.engine) as tx:
            rows = await (await raw(tx)).fetch("DELETE FROM outbox RETURNING value")
        for record in (json.loads(row["value"]) for row in rows if row["value"]):
            if "webhook_data" in record:
                check_data(record["type"], record["webhook_data"])

    async def invoices(self, barrier_id: UUID | None = None) -> list[StoredInvoice]:
        """All invoices of the organization by number, or those of the barrier's run."""
        query = "SELECT i.invoice_id FROM invoices i JOIN billing_runs USING (org_id, run_id) WHERE org_id = $1"
        query += " AND ($2::uuid IS NULL OR barrier_id = $2) ORDER BY sequence"
        async with transaction(self.engine) as tx:
            ids = [row[0] for row in await (await raw(tx)).fetch(query, self.org_id, barrier_id)]
            found = [await reading.read_invoice(tx, self.org_id, invoice_id) for invoice_id in ids]
        return [each for each in found if each is not None]

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Rows of a query."""
        async with transaction(self.engine) as tx:
            return list(await (await raw(tx)).fetch(query, *arguments))


def _body(answer: Answer) -> dict[str, Any]:
    assert answer.body is not None
    return dict(answer.body)


async def ready(billing: Billing, now: str) -> Closing:
    """A run whose barrier has passed, not carried out yet."""
    barrier_id = await billing.start_run(now)
    await billing.mark()
    for partition in range(PARTITIONS):
        await billing.echo(barrier_id, partition)
    [(run, markers)] = [each for each in await passed_runs(billing.engine) if each[0].org_id == billing.org_id]
    return Closing(billing.organization, run, markers, at(now))


async def waits_for_a_lock(billing: Billing) -> None:
    """Until some session of this database waits for a lock."""
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    await eventually(lambda: billing.fetch(query))


def message(offset: int, value: bytes, schema: bytes | None = None) -> Incoming:
    """A message of usage.aggregated."""
    return Incoming(offset, at("2026-03-02"), None, value, {"schema": schema or USAGE_AGGREGATED.schema.encode()})
