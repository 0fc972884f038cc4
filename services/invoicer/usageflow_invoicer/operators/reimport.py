"""`reimport`: invoices that a restored database has lost, from Kafka."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.ids import Prefix, public_id
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.records import BillingFact
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED, Topic, decode
from usageflow_invoicer.operators.terminal import open_engine, print_line
from usageflow_invoicer.service.reimporting import (
    NotTheNext,
    cancel_runs,
    import_invoice,
    import_state,
    lost_of,
)
from usageflow_invoicer.settings import InvoicerSettings

FAILED: Final = 1


async def run_reimport(_arguments: argparse.Namespace) -> int:
    """0 when every invoice that Kafka has is there, 1 when a chain does not go on, 3 when Kafka or PostgreSQL is away."""
    async with open_engine() as (engine, settings):
        print_line({"canceledRuns": await cancel_runs(engine)})
        code = await _import_invoices(engine, settings)
        states = 0
        async for fact in _facts(settings, BILLING_EVENTS):
            states += await import_state(engine, fact)
        print_line({"states": states})
    return code


async def _import_invoices(engine: AsyncEngine, settings: InvoicerSettings) -> int:
    """In the order of numbers, organization by organization; a broken chain stops its own alone."""
    facts = [fact async for fact in _facts(settings, INVOICE_CREATED) if fact.invoice is not None]
    facts.sort(key=lambda fact: (fact.org_id, (fact.invoice or {})["sequence"]))
    counts: dict[str, int] = {"known": 0, "imported": 0, "document_only": 0}
    broken: set[object] = set()
    for fact in facts:
        if fact.org_id in broken:
            continue
        try:
            outcome = await import_invoice(engine, lost_of(fact), Clock().wall())
        except NotTheNext as error:
            broken.add(fact.org_id)
            sys.stderr.write(f"{public_id(Prefix.ORGANIZATION, fact.org_id)}: {error}\n")
            continue
        counts[outcome] += 1
        if outcome == "document_only":
            number = (fact.invoice or {})["number"]
            print_line({"number": number, "documentOnly": "its subscription or plan is not in this database"})
    print_line({"invoices": counts, "brokenChains": len(broken)})
    return FAILED if broken else 0


async def _facts(settings: InvoicerSettings, topic: Topic) -> AsyncIterator[BillingFact]:
    """All that the topic holds, partition by partition, each in its order."""
    async with _reader(settings, topic) as (bus, reader):
        for partition in range(bus.partitions(topic)):
            bounds = await reader.bounds(partition)
            for offset in range(bounds.start, bounds.end):
                message = await reader.read_at(partition, offset)
                fact = decode(topic, message.value, message.headers.get("schema")) if message else None
                if isinstance(fact, BillingFact):
                    yield fact


@asynccontextmanager
async def _reader(settings: InvoicerSettings, topic: Topic) -> AsyncIterator[tuple[Bus, LogReader]]:
    bus = Bus(settings, "invoicer")
    reader = LogReader(bus, topic)
    await reader.start()
    try:
        yield bus, reader
    finally:
        await reader.stop()
