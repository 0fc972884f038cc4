"""`verify`: every invoice of one organization, or of all, from raw events."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.ids import Prefix, parse_public_id, public_id
from usageflow_invoicer.client import connect
from usageflow_invoicer.operators.terminal import open_engine, print_line
from usageflow_invoicer.schemas.verifications import check_body
from usageflow_invoicer.service.auditing import ChainFault, Verified, organizations, verify_organization
from usageflow_invoicer.service.evidence import RawEvents
from usageflow_invoicer.settings import InvoicerSettings

FAILED = 1
WRONG_USE = 2


def verify_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `verify`."""
    parser.add_argument("--org", help="org_…; every organization when it is left out")
    parser.add_argument("--after", type=int, default=0, help="go on behind this sequence (with --org)")


async def run_verify(arguments: argparse.Namespace) -> int:
    """0 when everything is as computed again, 1 when something is not, 2 for wrong use, 3 when raw events cannot be read."""
    wanted = parse_public_id(Prefix.ORGANIZATION, arguments.org) if arguments.org else None
    if (arguments.org and wanted is None) or (arguments.after and wanted is None):
        sys.stderr.write("An organization like org_…; --after goes with --org.\n")
        return WRONG_USE
    wrong = 0
    async with open_engine() as (engine, settings), _raw_events(settings) as raw_events:
        for org_id in [wanted] if wanted is not None else await organizations(engine):
            wrong += await _verify(engine, raw_events, org_id, arguments.after)
    return FAILED if wrong else 0


def _raw_events(settings: InvoicerSettings) -> AbstractAsyncContextManager[RawEvents]:
    return connect(settings.aggregator_url, settings.token_private_key, settings.token_key_id)


async def _verify(engine: AsyncEngine, raw_events: RawEvents, org_id: UUID, after: int) -> int:
    """What is wrong is printed as it is found; the last line counts."""
    organization = public_id(Prefix.ORGANIZATION, org_id)
    invoices = events = wrong = 0
    async for found in verify_organization(engine, raw_events, org_id, after=after):
        match found:
            case ChainFault(sequence, detail):
                wrong += 1
                print_line({"organizationId": organization, "sequence": sequence, "chain": detail})
            case Verified():
                invoices, events = invoices + 1, events + found.events
                if not found.passed:
                    wrong += 1
                    print_line(_wrong(organization, found))
    print_line({"organizationId": organization, "invoices": invoices, "events": events, "wrong": wrong})
    return wrong


def _wrong(organization: str, found: Verified) -> dict[str, object]:
    return {
        "organizationId": organization,
        "invoiceId": public_id(Prefix.INVOICE, found.invoice.invoice_id),
        "number": found.invoice.number,
        "fault": found.fault,
        "checks": [check_body(check) for check in found.failed],
    }
