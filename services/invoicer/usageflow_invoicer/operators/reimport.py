"""`reimport`: invoices that a restored database has lost, from Kafka."""

from __future__ import annotations

import argparse
import sys
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.ids import Prefix, public_id
from usageflow_common.records import AuditRecord, BillingFact
from usageflow_common.topics import AUDIT_RECORDED, BILLING_EVENTS, INVOICE_CREATED
from usageflow_invoicer.operators.logs import records_of
from usageflow_invoicer.operators.terminal import open_engine, print_line
from usageflow_invoicer.service.recollecting import import_entry
from usageflow_invoicer.service.reimporting import (
    NotTheNext,
    cancel_runs,
    import_invoice,
    import_state,
    is_known,
    lost_of,
)
from usageflow_invoicer.settings import InvoicerSettings

FAILED: Final = 1


async def run_reimport(_arguments: argparse.Namespace) -> int:
    """0 when every invoice that Kafka has is there, 1 when a chain does not go on, 3 when Kafka or PostgreSQL is away."""
    async with open_engine() as (engine, settings):
        return await reimport(engine, settings)


async def reimport(engine: AsyncEngine, settings: InvoicerSettings) -> int:
    """The exit code: invoices, then their states, then what only the audit log tells."""
    print_line({"canceledRuns": await cancel_runs(engine)})
    broken = await _import_invoices(engine, settings)
    wall, states, entries = Clock().wall(), 0, 0
    async for fact in records_of(settings, BILLING_EVENTS):
        if isinstance(fact, BillingFact):
            states += await import_state(engine, fact, wall)
    async for entry in records_of(settings, AUDIT_RECORDED):
        if isinstance(entry, AuditRecord) and entry.org_id not in broken:
            try:
                entries += await import_entry(engine, entry, wall)
            except NotTheNext as error:
                _give_up(broken, entry.org_id, error)
    print_line({"states": states, "paymentsAndCreditNotes": entries, "brokenChains": len(broken)})
    return FAILED if broken else 0


async def _import_invoices(engine: AsyncEngine, settings: InvoicerSettings) -> set[UUID]:
    """In the order of numbers, organization by organization; a broken chain stops its own alone, and is returned."""
    counts: dict[str, int] = {"known": 0, "imported": 0, "document_only": 0}
    broken: set[UUID] = set()
    for fact in await _facts(engine, settings, counts):
        document = fact.invoice or {}
        if fact.org_id in broken:
            continue
        try:
            outcome = await import_invoice(engine, lost_of(fact), Clock().wall())
        except NotTheNext as error:
            _give_up(broken, fact.org_id, error)
            continue
        counts[outcome] += 1
        if outcome == "document_only":
            why = "its subscription or plan is not in this database"
            print_line({"number": document["number"], "documentOnly": why, "billedTo": document["period"]["end"]})
    print_line({"invoices": counts, "brokenChains": len(broken)})
    return broken


async def _facts(engine: AsyncEngine, settings: InvoicerSettings, counts: dict[str, int]) -> list[BillingFact]:
    """Those of invoices that are not there, by number; the others are counted, and not held."""
    found = []
    async for fact in records_of(settings, INVOICE_CREATED):
        if not isinstance(fact, BillingFact) or fact.invoice is None:
            continue
        if await is_known(engine, fact):
            counts["known"] += 1
        else:
            found.append(fact)
    return sorted(found, key=lambda fact: (fact.org_id, (fact.invoice or {})["sequence"]))


def _give_up(broken: set[UUID], org_id: UUID, error: NotTheNext) -> None:
    broken.add(org_id)
    sys.stderr.write(f"{public_id(Prefix.ORGANIZATION, org_id)}: {error}\n")
