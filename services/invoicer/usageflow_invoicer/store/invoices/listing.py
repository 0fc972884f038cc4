"""Lists of issued invoices: filters, two orders, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.clock import instant_text
from usageflow_common.database import Transaction
from usageflow_common.wire import PageRequest
from usageflow_invoicer.store.invoices.reading import StoredInvoice, select_issued, stored_of
from usageflow_invoicer.tables import invoice_balances, invoice_lines, invoices, outbox

Sort = Literal["createdAt", "-createdAt", "number", "-number"]

NEWEST_FIRST: Final[Sort] = "-createdAt"


@dataclass(frozen=True, slots=True)
class MetricAt:
    """Invoices with a line of this metric whose period contains this instant."""

    metric: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """What a list is narrowed to; None is everything. Times: from inclusive, to exclusive."""

    customer_ids: tuple[str, ...] | None = None
    subscription_id: UUID | None = None
    statuses: tuple[str, ...] | None = None
    run_id: UUID | None = None
    number: str | None = None
    currency: str | None = None
    issued_from: datetime | None = None
    issued_to: datetime | None = None
    due_to: datetime | None = None
    bills: MetricAt | None = None


def position_of(stored: StoredInvoice, sort: Sort) -> tuple[str, ...]:
    """Where the page behind this one begins."""
    invoice = stored.invoice
    if sort.endswith("number"):
        return (str(invoice.sequence),)
    return instant_text(invoice.issued_at), str(invoice.invoice_id)


async def list_invoices(
    tx: Transaction, org_id: UUID, page: PageRequest, wanted: InvoiceFilter, sort: Sort = NEWEST_FIRST
) -> list[StoredInvoice]:
    """Issued and relayed ones, without lines."""
    statement = select_issued(org_id).where(outbox.c.id.is_(None), *_conditions(wanted)).limit(page.limit)
    statement = statement.where(*_behind(page, sort)).order_by(*_order(sort))
    return [stored_of(row, ()) for row in await tx.execute(statement)]


def _conditions(wanted: InvoiceFilter) -> list[sa.ColumnElement[bool]]:
    i, b = invoices.c, invoice_balances.c
    equal = (
        (i.subscription_id, wanted.subscription_id),
        (i.run_id, wanted.run_id),
        (i.number, wanted.number),
        (i.currency, wanted.currency),
    )
    found = [column == value for column, value in equal if value is not None]
    if wanted.customer_ids is not None:
        found.append(i.customer_id.in_(wanted.customer_ids))
    if wanted.statuses is not None:
        found.append(b.status.in_(wanted.statuses))
    if wanted.issued_from is not None:
        found.append(i.issued_at >= wanted.issued_from)
    if wanted.issued_to is not None:
        found.append(i.issued_at < wanted.issued_to)
    if wanted.due_to is not None:
        found.append(i.due_at < wanted.due_to)
    if wanted.bills is not None:
        found.append(_has_line(wanted.bills))
    return found


def _has_line(bills: MetricAt) -> sa.ColumnElement[bool]:
    i, line = invoices.c, invoice_lines.c
    return sa.exists().where(
        line.org_id == i.org_id,
        line.invoice_id == i.invoice_id,
        line.metric == bills.metric,
        line.period_start_at <= bills.at,
        line.period_end_at > bills.at,
    )


def _behind(page: PageRequest, sort: Sort) -> list[sa.ColumnElement[bool]]:
    if page.after is None:
        return []
    i = invoices.c
    if sort.endswith("number"):
        last = int(page.after[0])
        return [i.sequence < last if sort.startswith("-") else i.sequence > last]
    place = sa.tuple_(i.issued_at, i.invoice_id)
    end = sa.tuple_(sa.literal(datetime.fromisoformat(page.after[0])), sa.literal(UUID(page.after[1])))
    return [place < end if sort.startswith("-") else place > end]


def _order(sort: Sort) -> list[sa.ColumnElement[object]]:
    i = invoices.c
    columns = [i.sequence] if sort.endswith("number") else [i.issued_at, i.invoice_id]
    return [column.desc() if sort.startswith("-") else column.asc() for column in columns]
