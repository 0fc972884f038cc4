"""Credit notes as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import CustomerId, Instant, MoneyInput, MoneyModel, RequestModel, ResponseModel, public
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.store.credit_notes import CreditNote

Reason = Annotated[str, Field(min_length=1, max_length=500)]


class CreditLineInput(RequestModel):
    """So much off a line."""

    line_id: Annotated[UUID, public(Prefix.LINE)]
    amount: MoneyInput


class CreditNoteCreate(RequestModel):
    """`reduce_due` lowers what is due on an open invoice; `refund` and `next_invoice` give back what was paid."""

    lines: Annotated[tuple[CreditLineInput, ...], Field(min_length=1, max_length=500)]
    reason: Reason
    disposition: Literal["reduce_due", "refund", "next_invoice"]


class CreditNoteQuery(ListQuery):
    """Filters of the list."""

    invoice_id: Annotated[UUID, public(Prefix.INVOICE)] | None = None
    customer_id: CustomerId | None = None


class CreditLineBody(ResponseModel):
    """So much off a line."""

    line_id: Annotated[UUID, public(Prefix.LINE)]
    amount: MoneyModel


class CreditNoteBody(ResponseModel):
    """A credit note."""

    id: Annotated[UUID, public(Prefix.CREDIT_NOTE)]
    number: str
    invoice_id: Annotated[UUID, public(Prefix.INVOICE)]
    customer_id: str
    total: MoneyModel
    lines: list[CreditLineBody]
    reason: str
    disposition: Literal["reduce_due", "refund", "next_invoice"]
    created_at: Instant


class CreditNoteList(ResponseModel):
    """A page of credit notes."""

    data: list[CreditNoteBody]
    next_cursor: str | None


def credit_note_body(note: CreditNote) -> CreditNoteBody:
    """The public shape of a credit note."""
    return CreditNoteBody(
        id=note.credit_note_id,
        number=note.number,
        invoice_id=note.invoice_id,
        customer_id=note.customer_id,
        total=MoneyModel(amount_minor=note.total_minor, currency=note.currency),
        lines=[
            CreditLineBody(
                line_id=line.line_id, amount=MoneyModel(amount_minor=line.amount_minor, currency=note.currency)
            )
            for line in note.lines
        ],
        reason=note.reason,
        disposition=note.disposition,
        created_at=note.created_at,
    )
