"""/api/invoices: lists, one, its lines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.responses import Response, StreamingResponse

from usageflow_common.clock import instant_text
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute, json_response, resource_response
from usageflow_common.ids import Prefix
from usageflow_common.tokens import Caller
from usageflow_common.wire import CustomerIds, Instant, PageRequest, QueryModel, public
from usageflow_invoicer.routes.parts import Invoicer, InvoiceReader, InvoiceWriter, Parts, id_in_path, ids_of, page_of
from usageflow_invoicer.routes.runs import answer_with_run
from usageflow_invoicer.schemas.exports import csv_lines, json_lines, rows_of
from usageflow_invoicer.schemas.invoices import (
    InvoiceBody,
    InvoiceList,
    LineList,
    invoice_body,
    invoice_summary,
    line_bodies,
)
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.schemas.runs import RunBody
from usageflow_invoicer.schemas.upcoming import draft_body, draft_summary
from usageflow_invoicer.service import drafts
from usageflow_invoicer.service import invoices as service
from usageflow_invoicer.service.runs import Occasion
from usageflow_invoicer.store.drafts import DraftFilter
from usageflow_invoicer.store.invoices.listing import NEWEST_FIRST, InvoiceFilter, MetricAt, Sort, position_of

router: Final = APIRouter(route_class=ExactRoute)

_EXPORTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/x-ndjson")}}
}

Status = Literal["draft", "open", "paid", "void", "uncollectible"]


def _statuses(value: str) -> str:
    if not set(value.split(",")) <= set(get_args(Status)):
        raise PydanticCustomError("invalid_value", "A comma list of draft, open, paid, void, uncollectible")
    return value


class ExportQuery(QueryModel):
    """Filters of the list, without pages. Times: from inclusive, to exclusive.

    `metric` with `at`: invoices with a line of this metric whose period contains this instant, which leads from an event to its line.
    """

    customer_id: CustomerIds | None = None
    subscription_id: Annotated[UUID, public(Prefix.SUBSCRIPTION)] | None = None
    status: Annotated[str, AfterValidator(_statuses)] | None = None
    billing_run_id: Annotated[UUID, public(Prefix.BILLING_RUN)] | None = None
    number: Annotated[str, Field(max_length=64)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    issued_from: Instant | None = None
    issued_to: Instant | None = None
    due_to: Instant | None = None
    metric: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    at: Instant | None = None


class InvoiceQuery(ListQuery, ExportQuery):
    """Filters of the list, and its order (`-`: descending)."""

    sort: Sort = NEWEST_FIRST


@router.get("/api/invoices", response_model=InvoiceList)
async def list_invoices(caller: InvoiceReader, parts: Parts, query: Annotated[InvoiceQuery, Query()]) -> Response:
    """Issued invoices, newest first, without lines; with `status=draft` alone those of ended periods that are not issued yet."""
    page, filters = page_of(parts, query)
    if query.status == "draft":
        return await _list_drafts(caller, parts, query, page)
    wanted = _filter(query)
    rows = await service.list_invoices(parts.engine, caller.org_id, page, wanted, query.sort)
    position = position_of(rows[-1], query.sort) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(InvoiceList(data=[invoice_summary(row) for row in rows], next_cursor=cursor))


@router.get("/api/invoices/export", response_class=StreamingResponse, responses=_EXPORTS)
async def export_invoices(
    caller: InvoiceReader, parts: Parts, query: Annotated[ExportQuery, Query()], request: Request
) -> Response:
    """Issued invoices for accounting, a row for each line: CSV, or JSON Lines where `Accept` asks for `application/x-ndjson`."""
    as_json = "application/x-ndjson" in request.headers.get("accept", "")
    pages = service.export_invoices(parts.engine, caller.org_id, _filter(query))

    async def body() -> AsyncIterator[bytes]:
        if not as_json:
            yield csv_lines((), header=True)
        async for page in pages:
            rows = [row for stored in page for row in rows_of(stored)]
            yield json_lines(rows) if as_json else csv_lines(rows)

    media, name = (
        ("application/x-ndjson", "invoices.ndjson") if as_json else ("text/csv; charset=utf-8", "invoices.csv")
    )
    return StreamingResponse(
        body(), media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/api/invoices/{invoice_id}", response_model=InvoiceBody)
async def get_invoice(invoice_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """One invoice with its first 500 lines. Its number shows once Kafka has it. A draft is as what is counted so far makes it."""
    found = id_in_path(Prefix.INVOICE, invoice_id)
    stored = await service.find_invoice(parts.engine, caller.org_id, found)
    if stored is None:
        organization = await parts.organizations.get(caller.org_id)
        wanted = DraftFilter(parts.clock.now(caller.org_id))
        draft = await drafts.find_draft(parts.engine, caller, found, wanted)
        return json_response(draft_body(draft, organization.issuer))
    return resource_response(invoice_body(stored), stored.balance.version)


@router.get("/api/invoices/{invoice_id}/lines", response_model=LineList)
async def list_lines(invoice_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """All lines; there are never more than a plan's charges and their adjustments."""
    stored = await service.get_invoice(parts.engine, caller.org_id, id_in_path(Prefix.INVOICE, invoice_id))
    lines = line_bodies(stored.invoice.lines, stored.invoice.currency)
    return json_response(LineList(data=lines, next_cursor=None))


@router.post("/api/invoices/{invoice_id}/finalize", response_model=RunBody)
async def finalize(invoice_id: str, caller: InvoiceWriter, parts: Parts) -> Response:
    """Issue a draft through a run of its own: no grace is waited for, every event is. Waits; 202 when it takes longer."""
    organization = await parts.organizations.get(caller.org_id)
    now, wall = parts.clock.now(caller.org_id), parts.clock.wall()
    occasion = Occasion(organization, now, wall, parts.partitions)
    answer = await drafts.finalize(parts.engine, caller, id_in_path(Prefix.INVOICE, invoice_id), occasion)
    return await answer_with_run(parts, caller, answer)


async def _list_drafts(caller: Caller, parts: Invoicer, query: InvoiceQuery, page: PageRequest) -> Response:
    organization = await parts.organizations.get(caller.org_id)
    given = _filter(query)
    if any(each is not None for each in (query.number, query.billing_run_id, query.issued_from, query.due_to)):
        return json_response(InvoiceList(data=[], next_cursor=None))  # a draft has none of these yet
    wanted = DraftFilter(
        parts.clock.now(caller.org_id), ids_of(query.customer_id), query.subscription_id, query.currency, given.bills
    )
    rows, ended = await drafts.list_drafts(parts.engine, caller, page, wanted)
    position = (instant_text(ended[-1].end_at), str(ended[-1].period_id)) if ended else None
    filters = query.model_dump(mode="json", by_alias=True, exclude={"limit", "cursor"})
    cursor = parts.cursors.next(ended, page, position, filters)
    shown = [draft_summary(row, organization.issuer) for row in rows]
    return json_response(InvoiceList(data=shown, next_cursor=cursor))


def _filter(query: ExportQuery) -> InvoiceFilter:
    if (query.metric is None) != (query.at is None):
        missing = "query.at" if query.at is None else "query.metric"
        raise ValidationFailed.of(FieldError(missing, "required", "metric and at go together"))
    return InvoiceFilter(
        ids_of(query.customer_id),
        query.subscription_id,
        tuple(query.status.split(",")) if query.status is not None else None,
        query.billing_run_id,
        query.number,
        query.currency,
        query.issued_from,
        query.issued_to,
        query.due_to,
        MetricAt(query.metric, query.at) if query.metric is not None and query.at is not None else None,
    )
