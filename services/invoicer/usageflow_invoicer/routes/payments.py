"""/api/invoices/…/payments."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from usageflow_common.http import ExactRoute, answer_response
from usageflow_common.ids import Prefix
from usageflow_invoicer.routes.parts import InvoiceWriter, Parts, id_in_path
from usageflow_invoicer.schemas.payments import PaymentBody, PaymentCreate
from usageflow_invoicer.service.payments import record_payment

router: Final = APIRouter(route_class=ExactRoute)


@router.post("/api/invoices/{invoice_id}/payments", status_code=201, response_model=PaymentBody)
async def create_payment(invoice_id: str, body: PaymentCreate, caller: InvoiceWriter, parts: Parts) -> Response:
    """Money that came in; the payment that leaves nothing due makes the invoice paid."""
    now = parts.clock.now(caller.org_id)
    found = id_in_path(Prefix.INVOICE, invoice_id)
    return answer_response(await record_payment(parts.engine, caller, found, body, now))
