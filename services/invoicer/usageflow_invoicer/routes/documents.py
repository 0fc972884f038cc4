"""PDF of invoices and credit notes."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from usageflow_common.http import ExactRoute
from usageflow_common.ids import Prefix
from usageflow_invoicer.routes.parts import InvoiceReader, Parts, id_in_path
from usageflow_invoicer.service import documents, invoices

router: Final = APIRouter(route_class=ExactRoute)
_PDF: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/api/invoices/{invoice_id}/pdf", response_class=Response, responses=_PDF)
async def invoice_pdf(invoice_id: str, caller: InvoiceReader, parts: Parts, request: Request) -> Response:
    """The invoice as PDF/A; one that is not issued yet says so on each page."""
    found = id_in_path(Prefix.INVOICE, invoice_id)
    organization = await parts.organizations.get(caller.org_id)
    stored = await invoices.find_invoice(parts.engine, caller.org_id, found)
    if stored is None:
        now = parts.clock.now(caller.org_id)
        return _answer(await documents.draft_pdf(parts.engine, caller, found, organization, now), "draft", None)
    etag = f'"{stored.balance.version}{"" if stored.relayed else "-draft"}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    pdf, _ = await documents.invoice_pdf(parts.engine, caller, found, organization.time_zone)
    return _answer(pdf, stored.invoice.number if stored.relayed else "draft", etag)


@router.get("/api/credit-notes/{credit_note_id}/pdf", response_class=Response, responses=_PDF)
async def credit_note_pdf(credit_note_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """The credit note as PDF/A."""
    found = id_in_path(Prefix.CREDIT_NOTE, credit_note_id)
    organization = await parts.organizations.get(caller.org_id)
    pdf = await documents.credit_note_pdf(parts.engine, caller, found, organization.time_zone)
    return _answer(pdf, "credit-note", '"1"')


def _answer(pdf: bytes, name: str, etag: str | None) -> Response:
    """A draft has no ETag: the next event changes it."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'} | ({"ETag": etag} if etag else {})
    return Response(pdf, media_type="application/pdf", headers=headers)
