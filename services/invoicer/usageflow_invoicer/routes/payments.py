"""What happens to an issued invoice: payments, credit notes, voiding, writing off."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_common.tokens import Caller
from usageflow_common.wire import RequestModel
from usageflow_invoicer.routes.parts import Invoicer, InvoiceReader, InvoiceWriter, Parts, id_in_path, page_of, settle
from usageflow_invoicer.schemas.credit_notes import (
    CreditNoteBody,
    CreditNoteCreate,
    CreditNoteList,
    CreditNoteQuery,
    Reason,
    credit_note_body,
)
from usageflow_invoicer.schemas.invoices import InvoiceBody
from usageflow_invoicer.schemas.payments import (
    CollectionBody,
    PaymentBody,
    PaymentCreate,
    PaymentList,
    PaymentQuery,
    collection_body,
    payment_body,
)
from usageflow_invoicer.service import collecting, credit_notes, payments, settling
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.service.standing import read_standing
from usageflow_invoicer.store.credit_notes import CreditNoteFilter
from usageflow_invoicer.store.payments import Payment, PaymentFilter

router: Final = APIRouter(route_class=ExactRoute)


class ReasonInput(RequestModel):
    """Why; it stands in the audit log and in the webhook."""

    reason: Reason


@router.post("/api/invoices/{invoice_id}/payments", status_code=201, response_model=PaymentBody)
async def create_payment(invoice_id: str, body: PaymentCreate, caller: InvoiceWriter, parts: Parts) -> Response:
    """Money that came in, or failed to; the payment that leaves nothing due makes the invoice paid."""
    found, organization = id_in_path(Prefix.INVOICE, invoice_id), await parts.organizations.get(caller.org_id)
    answer = await payments.record_payment(
        parts.engine, caller, organization, found, body, moment=_moment(parts, caller)
    )
    return answer_response(answer)


@router.post("/api/invoices/{invoice_id}/collect", response_model=PaymentBody)
async def collect_invoice(invoice_id: str, caller: InvoiceWriter, parts: Parts) -> Response:
    """Ask the payment provider for what is due. Waits for the end; 202 when it takes longer."""
    found, organization = id_in_path(Prefix.INVOICE, invoice_id), await parts.organizations.get(caller.org_id)
    provider = parts.providers.find(organization.mode)
    answer = await collecting.collect_invoice(parts.engine, caller, found, provider, _moment(parts, caller))
    payment_id = id_in_path(Prefix.PAYMENT, (answer.location or "").rpartition("/")[2])
    payment = await settle(lambda: payments.get_payment(parts.engine, caller, payment_id), _ended)
    shown = payment_body(payment).model_dump(mode="json", by_alias=True)
    return answer_response(replace(answer, status=200 if _ended(payment) else 202, body=shown))


@router.get("/api/invoices/{invoice_id}/collection", response_model=CollectionBody)
async def get_collection(invoice_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """Whether an issued invoice could be collected now, and where its dunning has come to."""
    found, organization = id_in_path(Prefix.INVOICE, invoice_id), await parts.organizations.get(caller.org_id)
    provider = parts.providers.find(organization.mode)
    standing = await read_standing(parts.engine, organization, found, has_provider=provider is not None)
    return json_response(collection_body(standing, provider.name if provider is not None else None))


@router.get("/api/payments", response_model=PaymentList)
async def list_payments(caller: InvoiceReader, parts: Parts, query: Annotated[PaymentQuery, Query()]) -> Response:
    """Payments, newest first."""
    page, filters = page_of(parts, query)
    wanted = PaymentFilter(query.invoice_id, query.customer_id, query.status, query.reference)
    rows = await payments.list_payments(parts.engine, caller, page, wanted)
    position = (instant_text(rows[-1].created_at), str(rows[-1].payment_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(PaymentList(data=[payment_body(row) for row in rows], next_cursor=cursor))


@router.get("/api/payments/{payment_id}", response_model=PaymentBody)
async def get_payment(payment_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """One payment."""
    found = await payments.get_payment(parts.engine, caller, id_in_path(Prefix.PAYMENT, payment_id))
    return json_response(payment_body(found))


@router.post("/api/invoices/{invoice_id}/void", response_model=InvoiceBody)
async def void_invoice(invoice_id: str, body: ReasonInput, caller: InvoiceWriter, parts: Parts) -> Response:
    """It is owed no more. The number stays, the usage counts as billed."""
    found = id_in_path(Prefix.INVOICE, invoice_id)
    return answer_response(
        await settling.void_invoice(parts.engine, caller, found, body.reason, _moment(parts, caller))
    )


@router.post("/api/invoices/{invoice_id}/mark-uncollectible", response_model=InvoiceBody)
async def write_off_invoice(invoice_id: str, body: ReasonInput, caller: InvoiceWriter, parts: Parts) -> Response:
    """Nobody asks for the rest any more; a payment may still come."""
    found = id_in_path(Prefix.INVOICE, invoice_id)
    return answer_response(
        await settling.write_off_invoice(parts.engine, caller, found, body.reason, _moment(parts, caller))
    )


@router.post("/api/invoices/{invoice_id}/credit-notes", status_code=201, response_model=CreditNoteBody)
async def create_credit_note(invoice_id: str, body: CreditNoteCreate, caller: InvoiceWriter, parts: Parts) -> Response:
    """Credit on lines of the invoice, issued at once."""
    found = id_in_path(Prefix.INVOICE, invoice_id)
    return answer_response(
        await credit_notes.create_credit_note(parts.engine, caller, found, body, _moment(parts, caller))
    )


@router.get("/api/credit-notes", response_model=CreditNoteList)
async def list_credit_notes(
    caller: InvoiceReader, parts: Parts, query: Annotated[CreditNoteQuery, Query()]
) -> Response:
    """Credit notes, newest first."""
    page, filters = page_of(parts, query)
    wanted = CreditNoteFilter(query.invoice_id, query.customer_id)
    rows = await credit_notes.list_credit_notes(parts.engine, caller, page, wanted)
    cursor = parts.cursors.next(rows, page, (str(rows[-1].sequence),) if rows else None, filters)
    return json_response(CreditNoteList(data=[credit_note_body(row) for row in rows], next_cursor=cursor))


@router.get("/api/credit-notes/{credit_note_id}", response_model=CreditNoteBody)
async def get_credit_note(credit_note_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """One credit note."""
    found = await credit_notes.get_credit_note(parts.engine, caller, id_in_path(Prefix.CREDIT_NOTE, credit_note_id))
    return json_response(credit_note_body(found))


def _ended(payment: Payment) -> bool:
    return payment.status != "pending"


def _moment(parts: Invoicer, caller: Caller) -> Moment:
    return Moment(parts.clock.now(caller.org_id), parts.clock.wall())
