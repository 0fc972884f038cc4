"""Find invoices, and explain their lines down to the raw events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import WINDOW
from usageflow_common.database import transaction
from usageflow_common.errors import NotFound
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.lines import Line
from usageflow_invoicer.domain.verification import line_again
from usageflow_invoicer.service.evidence import Question, RawEvents, Windows, question_of, read_stored
from usageflow_invoicer.store.invoices import listing, reading
from usageflow_invoicer.store.invoices.listing import InvoiceFilter, Sort
from usageflow_invoicer.store.invoices.reading import StoredInvoice
from usageflow_invoicer.store.unbilled import Unbilled, list_unbilled

_EXPORT_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line, its windows, and the same line computed again; None as `again` where it comes to nothing."""

    line: Line
    currency: str
    windows: Windows | None
    again: Line | None


async def get_invoice(engine: AsyncEngine, org_id: UUID, invoice_id: UUID) -> StoredInvoice:
    """One of the organization, with its lines."""
    found = await find_invoice(engine, org_id, invoice_id)
    if found is None:
        raise NotFound
    return found


async def find_invoice(engine: AsyncEngine, org_id: UUID, invoice_id: UUID) -> StoredInvoice | None:
    """None where there is none, or none yet."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        return await reading.read_invoice(tx, org_id, invoice_id)


async def list_invoices(
    engine: AsyncEngine, org_id: UUID, page: PageRequest, wanted: InvoiceFilter, sort: Sort
) -> list[StoredInvoice]:
    """A page, without lines."""
    async with transaction(engine, read_only=True) as tx:
        return await listing.list_invoices(tx, org_id, page, wanted, sort)


async def export_invoices(
    engine: AsyncEngine, org_id: UUID, wanted: InvoiceFilter
) -> AsyncIterator[list[StoredInvoice]]:
    """All of them with their lines, newest first, page by page: what is issued meanwhile is not among them."""
    after = None
    while True:
        async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
            listed = await listing.list_invoices(tx, org_id, PageRequest(_EXPORT_PAGE, after), wanted)
            page = await reading.with_lines(tx, org_id, listed)
        if page:
            yield page
        if len(page) < _EXPORT_PAGE:
            return
        after = listing.position_of(page[-1], listing.NEWEST_FIRST)


async def unbilled_usage(
    engine: AsyncEngine,
    org_id: UUID,
    span: tuple[datetime, datetime],
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Unbilled]:
    """Usage of whole windows that no charge claims, by customer and metric."""
    async with transaction(engine, read_only=True) as tx:
        return await list_unbilled(tx, org_id, span, after, limit)


async def explain_line(
    engine: AsyncEngine,
    raw_events: RawEvents,
    org_id: UUID,
    invoice_id: UUID,
    line_id: UUID,
    *,
    cursor: str | None,
    limit: int,
) -> Explanation:
    """Line → windows below the cut → the line computed again from them."""
    stored = await read_stored(engine, org_id, invoice_id)
    line = _find(stored.invoice.lines, line_id)
    question = question_of(stored.invoice, line)
    windows = None
    if question is not None:
        windows = await raw_events.explain(question, cursor=cursor, limit=limit)
        stored = replace(stored, recounted={line_id: windows.usage})
    return Explanation(line, stored.invoice.currency, windows, line_again(stored, line))


async def line_events(
    engine: AsyncEngine,
    raw_events: RawEvents,
    org_id: UUID,
    invoice_id: UUID,
    line_id: UUID,
    *,
    window_start_at: datetime | None,
    cursor: str | None,
    limit: int,
) -> tuple[tuple[msgspec.Raw, ...], str | None]:
    """A page of the events below the invoice's cut; of one window only where that is given."""
    found = await get_invoice(engine, org_id, invoice_id)
    question = question_of(found.invoice, _find(found.invoice.lines, line_id))
    if question is not None and window_start_at is not None:
        question = _narrow(question, window_start_at)
    if question is None:
        return (), None
    return await raw_events.events(question, cursor=cursor, limit=limit)


def _narrow(question: Question, window_start_at: datetime) -> Question | None:
    """The part of the range that lies in the window; None where they do not meet."""
    if not question.start_at - WINDOW < window_start_at < question.end_at:
        return None
    start_at = max(question.start_at, window_start_at)
    return replace(question, start_at=start_at, end_at=min(question.end_at, window_start_at + WINDOW))


def _find(lines: tuple[Line, ...], line_id: UUID) -> Line:
    for line in lines:
        if line.line_id == line_id:
            return line
    raise NotFound
