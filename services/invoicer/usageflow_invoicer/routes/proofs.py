"""/api/invoices/…: explain a line, its raw events, verify the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, MoneyModel
from usageflow_invoicer.routes.parts import EventReader, InvoiceReader, Parts, id_in_path, settle
from usageflow_invoicer.schemas.invoices import line_bodies
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.schemas.verifications import (
    EventList,
    ExplanationBody,
    RecomputedBody,
    VerificationBody,
    WindowBody,
    WindowList,
    verification_body,
)
from usageflow_invoicer.service import invoices, verification
from usageflow_invoicer.service.invoices import Explanation
from usageflow_invoicer.store.verifications import Verification

router: Final = APIRouter(route_class=ExactRoute)


class EventQuery(ListQuery):
    """`windowStart` narrows to one window."""

    window_start: Instant | None = None


@router.get("/api/invoices/{invoice_id}/lines/{line_id}/explain", response_model=ExplanationBody)
async def explain_line(
    invoice_id: str, line_id: str, caller: InvoiceReader, parts: Parts, query: Annotated[ListQuery, Query()]
) -> Response:
    """Line → steps → windows → recomputed amount. The cursor pages the windows."""
    explanation = await invoices.explain_line(
        parts.engine,
        parts.raw_events,
        caller.org_id,
        id_in_path(Prefix.INVOICE, invoice_id),
        id_in_path(Prefix.LINE, line_id),
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(_explanation_body(explanation))


@router.get("/api/invoices/{invoice_id}/lines/{line_id}/events", response_model=EventList)
async def list_events(
    invoice_id: str, line_id: str, caller: EventReader, parts: Parts, query: Annotated[EventQuery, Query()]
) -> Response:
    """The raw events behind a line, exactly those below the invoice's cut."""
    events, cursor = await invoices.line_events(
        parts.engine,
        parts.raw_events,
        caller.org_id,
        id_in_path(Prefix.INVOICE, invoice_id),
        id_in_path(Prefix.LINE, line_id),
        window_start_at=query.window_start,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response({"data": events, "nextCursor": cursor})


@router.post("/api/invoices/{invoice_id}/verify", response_model=VerificationBody)
async def verify_invoice(invoice_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """Recompute everything from raw events. Waits for the report; 202 when it takes longer."""
    found = id_in_path(Prefix.INVOICE, invoice_id)
    answer = await verification.request_verification(parts.engine, caller, found, parts.clock.wall())
    verification_id = id_in_path(Prefix.VERIFICATION, (answer.location or "").rpartition("/")[2])
    report = await settle(
        lambda: verification.read_verification(parts.engine, caller.org_id, found, verification_id), _finished
    )
    shown = verification_body(report).model_dump(mode="json", by_alias=True)
    return answer_response(replace(answer, status=200 if _finished(report) else 202, body=shown))


@router.get("/api/invoices/{invoice_id}/verifications/{verification_id}", response_model=VerificationBody)
async def get_verification(invoice_id: str, verification_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """One report."""
    report = await verification.read_verification(
        parts.engine,
        caller.org_id,
        id_in_path(Prefix.INVOICE, invoice_id),
        id_in_path(Prefix.VERIFICATION, verification_id),
    )
    return json_response(verification_body(report))


def _finished(report: Verification) -> bool:
    return report.status != "running"


def _explanation_body(explanation: Explanation) -> ExplanationBody:
    line, again, found = explanation.line, explanation.again, explanation.windows
    [shown] = line_bodies([line], explanation.currency)
    windows = [
        WindowBody(
            window_start=w.start_at, window_end=w.end_at, value=w.value, event_count=w.event_count, digest=w.digest
        )
        for w in (found.page if found else ())
    ]
    recomputed = None
    if again is not None and again.evidence is not None:
        recomputed = RecomputedBody(
            quantity=again.evidence.quantity,
            unrounded=again.evidence.unrounded,
            amount=MoneyModel(amount_minor=again.amount_minor, currency=explanation.currency),
        )
    return ExplanationBody(
        line=shown,
        steps=shown.steps or [],
        windows=WindowList(data=windows, next_cursor=found.next_cursor if found else None),
        recomputed=recomputed,
        matches=again is not None and again.amount_minor == line.amount_minor and again.evidence == line.evidence,
    )
