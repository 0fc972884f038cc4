"""A database that was restored to an earlier time gets its invoices back from Kafka: same numbers, same hashes, proved, and paid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from invoicer_billing import PARTITIONS, Billing
from invoicer_log import at
from invoicer_verifying import verify
from test_money import pay

from usageflow_common.database import transaction
from usageflow_common.records import BillingFact
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED, decode
from usageflow_invoicer.domain.invoices import canonical_document
from usageflow_invoicer.service.reimporting import NotTheNext, import_invoice, import_state, lost_of
from usageflow_invoicer.store.invoices import reading

NOW = at("2026-06-01")
_KEPT = ("usage_windows", "usage_points", "outbox", "operations")
"""Usage is replayed from the log."""


async def invoices(billing: Billing) -> list[Any]:
    """By number; their runs may be lost."""
    query = "SELECT invoice_id FROM invoices WHERE org_id = $1 ORDER BY sequence"
    ids = [row[0] for row in await billing.fetch(query, billing.org_id)]
    async with transaction(billing.engine) as tx:
        return [await reading.read_invoice(tx, billing.org_id, each) for each in ids]


async def as_owner(billing: Billing, work: Any) -> Any:
    owner = await asyncpg.connect(billing.owner_url, server_settings={"search_path": "invoicer"})
    try:
        await owner.execute("SET session_replication_role = replica")
        return await work(owner)
    finally:
        await owner.close()


async def backup(billing: Billing) -> dict[str, list[str]]:
    """Every row of the organization."""

    async def read(owner: asyncpg.Connection) -> dict[str, list[str]]:
        query = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'invoicer' AND column_name = 'org_id'"
        tables = [row[0] for row in await owner.fetch(query) if row[0] not in _KEPT]
        return {
            table: [
                row[0]
                for row in await owner.fetch(
                    f"SELECT to_jsonb(t)::text FROM {table} t WHERE org_id = $1", billing.org_id
                )
            ]
            for table in tables
        }

    return await as_owner(billing, read)


async def restore(billing: Billing, rows: dict[str, list[str]]) -> None:
    """As it was then."""

    async def write(owner: asyncpg.Connection) -> None:
        for table, kept in rows.items():
            await owner.execute(f"DELETE FROM {table} WHERE org_id = $1", billing.org_id)
            for row in kept:
                await owner.execute(
                    f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)", row
                )

    await as_owner(billing, write)


async def told(billing: Billing, topic: Any) -> list[BillingFact]:
    """What waits for Kafka, which then has it."""
    rows = await billing.fetch("SELECT value FROM outbox WHERE topic = $1 ORDER BY id", topic.name)
    return [decode(topic, row["value"], topic.schema.encode()) for row in rows]


async def close(billing: Billing, now: str) -> list[BillingFact]:
    barrier_id = await billing.start_run(now)
    await billing.mark()
    for partition in range(PARTITIONS):
        await billing.echo(barrier_id, partition)
    await billing.carry_out(now, acknowledged=False)
    facts = await told(billing, INVOICE_CREATED)
    await billing.carry_out(now)
    return facts


async def two_months(billing: Billing) -> tuple[dict[str, list[str]], list[BillingFact]]:
    """March is in the backup; April has another plan from its middle on, and late usage of March."""
    charge = {"metric": "API_CALL", "model": "per_unit", "unitPrice": "0.01"}
    small = await billing.publish("SMALL", basePrice="100", charges=[charge])
    large = await billing.publish("LARGE", basePrice="300", charges=[charge | {"unitPrice": "0.02"}])
    subscription_id = await billing.subscribe("c", "2026-03-01", small)
    await billing.track("c", "2026-03-20", calls=100)
    facts = await close(billing, "2026-04-01T01:00")
    kept = await backup(billing)
    await billing.track("c", "2026-03-21", calls=50)
    await billing.track("c", "2026-04-02", calls=200)
    await billing.change(subscription_id, large, "2026-04-16")
    await billing.track("c", "2026-04-20", calls=400)
    facts += await close(billing, "2026-05-01T01:00")
    return kept, facts


async def test_lost_invoices_come_back_with_numbers_hashes_parts_and_payments(billing: Billing):
    kept, facts = await two_months(billing)
    before = await invoices(billing)
    await pay(billing, before[1], before[1].stored_total_minor, "wire")
    paid = await told(billing, BILLING_EVENTS)
    await billing.acknowledge()
    before = await invoices(billing)
    assert [each.balance.status for each in before] == ["open", "paid"]

    await restore(billing, kept)
    assert len(await invoices(billing)) == 1
    outcomes = [await import_invoice(billing.engine, lost_of(fact), NOW) for fact in facts * 2]
    assert outcomes == ["known", "imported", "known", "known"]
    assert [await import_state(billing.engine, fact, NOW) for fact in paid * 2].count(True) == 1

    after = await invoices(billing)
    assert documents(after) == documents(before)
    assert [(each.stored_hash, each.customer_block) for each in after] == [
        (each.stored_hash, each.customer_block) for each in before
    ]
    assert (after[1].balance.status, after[1].balance.paid_minor) == ("paid", before[1].balance.paid_minor)
    for each in after:
        assert await verify(billing, each) == {}

    # Life goes on behind them: nothing is billed again, and what came late for a part of the lost month is.
    await billing.track("c", "2026-04-03", calls=5)
    await billing.track("c", "2026-04-21", calls=7)
    [may] = await billing.close("2026-06-01T01:00")
    assert may.invoice.sequence == 3
    adjusted = [(line.amount_minor, line.evidence.event_count) for line in may.invoice.lines if line.adjusts]
    assert adjusted == [(5, 5), (14, 7)]
    assert await verify(billing, may) == {}


async def test_a_chain_that_does_not_go_on_is_not_patched(billing: Billing):
    kept, facts = await two_months(billing)
    await restore(billing, {table: [] for table in kept} | {"customers": kept["customers"]})
    with pytest.raises(NotTheNext, match="does not follow number 0"):
        await import_invoice(billing.engine, lost_of(facts[1]), NOW)
    assert await import_invoice(billing.engine, lost_of(facts[0]), NOW) == "document_only"
    assert [each.invoice.number for each in await invoices(billing)] == ["INV-000001"]
    forged = dict(facts[1].invoice or {})
    forged["lines"] = [*forged["lines"][:1]]
    with pytest.raises(NotTheNext, match="its hash is not that"):
        lost_of(
            BillingFact(**{name: getattr(facts[1], name) for name in facts[1].__struct_fields__} | {"invoice": forged})
        )
    other = lost_of(facts[0])
    with pytest.raises(NotTheNext, match="another invoice has its number"):
        await import_invoice(billing.engine, replace(other, hash="0" * 64), NOW)


async def test_what_a_record_tells_is_the_invoice(billing: Billing):
    _, facts = await two_months(billing)
    assert [canonical_document(lost_of(fact).invoice) for fact in facts] == documents(await invoices(billing))


def documents(stored: list[Any]) -> list[dict[str, Any]]:
    return [canonical_document(each.invoice) for each in stored]
