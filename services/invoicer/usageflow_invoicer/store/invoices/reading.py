"""Invoices read back from their rows, as exactly the values that were issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_invoicer.domain.invoices import Invoice, Proof
from usageflow_invoicer.domain.lines import Adjusts, Evidence, Line
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Group
from usageflow_invoicer.domain.pricing.documents import step_from
from usageflow_invoicer.domain.pricing.proration import Share
from usageflow_invoicer.domain.segments import PlanRef
from usageflow_invoicer.tables import (
    billing_periods,
    invoice_balances,
    invoice_customers,
    invoice_lines,
    invoices,
    outbox,
)


@dataclass(frozen=True, slots=True)
class Balance:
    """The present state of an invoice."""

    status: str
    paid_minor: int
    credited_minor: int
    paid_at: datetime | None
    voided_at: datetime | None
    voided_after: int | None
    version: int


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice with its state. `relayed`: Kafka has it, so its number may be shown. `lines` are absent in lists."""

    invoice: Invoice
    stored_total_minor: int
    stored_hash: str
    customer_block: Mapping[str, Any] | None
    balance: Balance
    line_count: int
    relayed: bool


async def read_invoice(tx: Transaction, org_id: UUID, invoice_id: UUID) -> StoredInvoice | None:
    """One invoice with all its lines."""
    row = (await tx.execute(select_issued(org_id).where(invoices.c.invoice_id == invoice_id))).first()
    if row is None:
        return None
    return stored_of(row, await read_lines(tx, org_id, invoice_id))


async def read_lines(tx: Transaction, org_id: UUID, invoice_id: UUID) -> tuple[Line, ...]:
    """All lines in their order."""
    line = invoice_lines.c
    rows = await tx.execute(
        sa.select(invoice_lines).where(line.org_id == org_id, line.invoice_id == invoice_id).order_by(line.position)
    )
    return tuple(line_of(row) for row in rows)


async def with_lines(tx: Transaction, org_id: UUID, listed: Sequence[StoredInvoice]) -> list[StoredInvoice]:
    """Listed invoices with all their lines."""
    line = invoice_lines.c
    found: dict[UUID, tuple[Line, ...]] = {}
    rows = await tx.execute(
        sa.select(invoice_lines)
        .where(line.org_id == org_id, line.invoice_id.in_([each.invoice.invoice_id for each in listed]))
        .order_by(line.invoice_id, line.position)
    )
    for row in rows:
        found[row.invoice_id] = (*found.get(row.invoice_id, ()), line_of(row))
    return [
        replace(each, invoice=replace(each.invoice, lines=found.get(each.invoice.invoice_id, ()))) for each in listed
    ]


async def customer_salt(tx: Transaction, org_id: UUID, invoice_id: UUID) -> bytes:
    """What the hash of the invoice's customer block begins with."""
    c = invoice_customers.c
    salt: bytes = (await tx.scalars(sa.select(c.salt).where(c.org_id == org_id, c.invoice_id == invoice_id))).one()
    return salt


async def predecessor_hash(tx: Transaction, org_id: UUID, sequence: int) -> str | None:
    """The stored hash of the invoice numbered before this one."""
    i = invoices.c
    found: str | None = await tx.scalar(sa.select(i.hash).where(i.org_id == org_id, i.sequence == sequence - 1))
    return found


async def plans_of_lines(tx: Transaction, invoice: Invoice) -> set[PlanRef]:
    """The versions that an invoice's lines were rated by: each part of a period has its own."""
    p = billing_periods.c
    rows = await tx.execute(
        sa.select(p.plan_id, p.plan_version).where(
            p.org_id == invoice.org_id, p.period_id.in_([line.segment_id for line in invoice.lines if line.segment_id])
        )
    )
    named = {line.plan for line in invoice.lines if line.plan is not None}
    return named | {PlanRef(row.plan_id, row.plan_version) for row in rows}


async def prepaid(
    tx: Transaction, org_id: UUID, periods: Sequence[tuple[UUID, int]], *, before_sequence: int | None = None
) -> dict[UUID, int]:
    """What earlier invoices billed in advance for these (subscription, period index), by subscription, in minor units."""
    if not periods:
        return {}
    i, line = invoices.c, invoice_lines.c
    statement = (
        sa.select(i.subscription_id, sa.func.sum(line.amount_minor))
        .join(invoice_lines, sa.and_(line.org_id == i.org_id, line.invoice_id == i.invoice_id))
        .where(
            i.org_id == org_id,
            sa.tuple_(i.subscription_id, i.period_index).in_([(each, index - 1) for each, index in periods]),
            line.kind.in_(("base", "proration")),
            line.period_index > i.period_index,
        )
        .group_by(i.subscription_id)
    )
    if before_sequence is not None:
        statement = statement.where(i.sequence < before_sequence)
    return {row[0]: int(row[1]) for row in await tx.execute(statement)}


def select_issued(org_id: UUID) -> sa.Select[Any]:
    """Invoices with their balance and customer, whether Kafka has them or not."""
    i, b, line = invoices.c, invoice_balances.c, invoice_lines.c
    count = (
        sa.select(sa.func.count())
        .where(line.org_id == i.org_id, line.invoice_id == i.invoice_id)
        .correlate(invoices)
        .scalar_subquery()
    )
    return (
        sa.select(
            invoices,
            b.status,
            b.paid_minor,
            b.credited_minor,
            b.paid_at,
            b.voided_at,
            b.voided_after,
            b.version,
            invoice_customers.c.block,
            count.label("line_count"),
            outbox.c.id.is_(None).label("relayed"),
        )
        .join(invoice_balances, sa.and_(b.org_id == i.org_id, b.invoice_id == i.invoice_id))
        .join(
            invoice_customers,
            sa.and_(invoice_customers.c.org_id == i.org_id, invoice_customers.c.invoice_id == i.invoice_id),
        )
        .join(outbox, outbox.c.id == i.outbox_id, isouter=True)
        .where(i.org_id == org_id)
    )


def stored_of(row: sa.Row[Any], lines: tuple[Line, ...]) -> StoredInvoice:
    """A row of select_issued."""
    proof = Proof(row.run_id, _vector(row.markers), _vector(row.cut), row.previous_hash)
    period = Period(row.period_index, row.period_start_at, row.period_end_at)
    invoice = Invoice(
        row.org_id,
        row.invoice_id,
        row.sequence,
        row.number,
        row.customer_id,
        row.customer_hash,
        row.issuer,
        row.subscription_id,
        row.plan_id,
        row.plan_code,
        row.plan_version,
        period,
        row.currency,
        row.issued_at,
        row.due_at,
        proof,
        lines,
    )
    balance = Balance(
        row.status, row.paid_minor, row.credited_minor, row.paid_at, row.voided_at, row.voided_after, row.version
    )
    return StoredInvoice(invoice, row.total_minor, row.hash, row.block, balance, row.line_count, row.relayed)


def _vector(stored: Mapping[str, int]) -> dict[int, int]:
    return {int(partition): offset for partition, offset in stored.items()}


def line_of(row: sa.Row[Any]) -> Line:
    """A row of invoice_lines as it was issued."""
    return Line(
        row.line_id,
        row.kind,
        row.description,
        row.amount_minor,
        Period(row.period_index, row.period_start_at, row.period_end_at),
        _evidence(row) if row.charge_id is not None else None,
        Adjusts(row.adjusts_invoice_id, row.adjusts_line_id, row.rerated_minor, row.billed_minor)
        if row.adjusts_line_id is not None
        else None,
        PlanRef(row.plan_id, row.plan_version) if row.plan_id is not None else None,
        row.segment_id,
        Share(row.share_numerator, row.share_denominator, row.share_offset),
    )


def _evidence(row: sa.Row[Any]) -> Evidence:
    steps = tuple(step_from(document) for document in row.steps)
    return Evidence(
        row.charge_id,
        row.metric_id,
        row.metric,
        row.model,
        row.quantity,
        row.included_units,
        row.billable_units,
        steps,
        row.unrounded,
        row.event_count,
        int(row.digest),
        Group(row.group_property, row.group_value) if row.group_property is not None else None,
    )
