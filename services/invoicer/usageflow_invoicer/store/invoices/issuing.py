"""The statements of a close that concern invoices: what was billed before, the chain, and the insert-only rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from usageflow_common.database import Transaction, json_text, raw
from usageflow_invoicer.domain.hashing import GENESIS_HASH
from usageflow_invoicer.domain.invoices import Invoice
from usageflow_invoicer.domain.lines import Line
from usageflow_invoicer.domain.pricing.documents import step_document
from usageflow_invoicer.tables import (
    invoice_balances,
    invoice_chains,
    invoice_customers,
    invoice_lines,
    invoice_transitions,
    invoices,
)


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice to be stored, with what stands beside it."""

    invoice: Invoice
    hash: str
    salt: bytes
    customer_block: Mapping[str, Any]
    status: str
    outbox_id: int


async def lock_chain(tx: Transaction, org_id: UUID, count: int) -> tuple[int, str]:
    """Take the next `count` numbers: the last sequence before them and the last hash. Locked last, held to the end.

    In REPEATABLE READ a second closer of the organization fails here, and does its work again behind us.
    """
    c = invoice_chains.c
    await tx.execute(
        insert(invoice_chains)
        .values(org_id=org_id, last_sequence=0, last_hash=GENESIS_HASH, last_credit_note=0)
        .on_conflict_do_nothing()
    )
    row = (
        await tx.execute(
            sa.update(invoice_chains)
            .where(c.org_id == org_id)
            .values(last_sequence=c.last_sequence + count)
            .returning(c.last_sequence, c.last_hash)
        )
    ).one()
    return row.last_sequence - count, row.last_hash


async def hold_chain(tx: Transaction, org_id: UUID, *, credit_notes: int = 0) -> tuple[int, int]:
    """The last number of an invoice, and that of a credit note after so many more. Whoever closes meanwhile does it again behind us."""
    c = invoice_chains.c
    row = (
        await tx.execute(
            sa.update(invoice_chains)
            .where(c.org_id == org_id)
            .values(last_credit_note=c.last_credit_note + credit_notes)
            .returning(c.last_sequence, c.last_credit_note)
        )
    ).one()
    return row.last_sequence, row.last_credit_note


async def move_chain(tx: Transaction, org_id: UUID, last_hash: str) -> None:
    """The hash of the last invoice of this transaction."""
    await tx.execute(sa.update(invoice_chains).where(invoice_chains.c.org_id == org_id).values(last_hash=last_hash))


async def insert_issued(tx: Transaction, org_id: UUID, issued: Sequence[Issued], reason: str) -> None:
    """The document, its lines, its first state: inserted, and never changed again. By COPY: a run issues thousands."""
    await _copy(tx, invoices, [_invoice_values(each) for each in issued])
    lines = [
        _line_values(org_id, each.invoice.invoice_id, position, line)
        for each in issued
        for position, line in enumerate(each.invoice.lines)
    ]
    await _copy(tx, invoice_lines, lines)
    await _copy(tx, invoice_customers, [_customer_values(org_id, each) for each in issued])
    await _copy(tx, invoice_balances, [_balance_values(org_id, each) for each in issued])
    entered = [Transition(each.invoice.invoice_id, 1, each.status, reason, each.invoice.issued_at) for each in issued]
    await _copy(tx, invoice_transitions, [_transition_values(org_id, each) for each in entered])


async def _copy(tx: Transaction, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """All rows name the same columns; members of JSON columns are values, not texts."""
    if not rows:
        return
    columns = list(rows[0])
    as_json = {column.name for column in table.columns if isinstance(column.type, JSONB)}
    places = [place for place, name in enumerate(columns) if name in as_json]
    records = [list(row.values()) for row in rows]
    for record in records:
        for place in places:
            if record[place] is not None:
                record[place] = json_text(record[place])
    connection = await raw(tx)
    await connection.copy_records_to_table(table.name, columns=columns, records=records)


@dataclass(frozen=True, slots=True)
class Transition:
    """A state that an invoice has entered."""

    invoice_id: UUID
    version: int
    status: str
    reason: str
    at: datetime


async def insert_transition(tx: Transaction, org_id: UUID, transition: Transition) -> None:
    """Append it."""
    await tx.execute(sa.insert(invoice_transitions).values(_transition_values(org_id, transition)))


def _transition_values(org_id: UUID, transition: Transition) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "invoice_id": transition.invoice_id,
        "version": transition.version,
        "status": transition.status,
        "reason": transition.reason,
        "at": transition.at,
    }


def _customer_values(org_id: UUID, issued: Issued) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "invoice_id": issued.invoice.invoice_id,
        "salt": issued.salt,
        "block": dict(issued.customer_block),
    }


def _balance_values(org_id: UUID, issued: Issued) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "invoice_id": issued.invoice.invoice_id,
        "status": issued.status,
        "total_minor": issued.invoice.total_minor,
        "paid_minor": 0,
        "credited_minor": 0,
        "paid_at": issued.invoice.issued_at if issued.status == "paid" else None,
        "version": 1,
    }


def _invoice_values(issued: Issued) -> dict[str, Any]:
    invoice = issued.invoice
    return {
        "org_id": invoice.org_id,
        "invoice_id": invoice.invoice_id,
        "sequence": invoice.sequence,
        "number": invoice.number,
        "customer_id": invoice.customer_id,
        "customer_hash": invoice.customer_hash,
        "issuer": dict(invoice.issuer),
        "subscription_id": invoice.subscription_id,
        "plan_id": invoice.plan_id,
        "plan_code": invoice.plan_code,
        "plan_version": invoice.plan_version,
        "period_index": invoice.period.index,
        "period_start_at": invoice.period.start_at,
        "period_end_at": invoice.period.end_at,
        "currency": invoice.currency,
        "total_minor": invoice.total_minor,
        "issued_at": invoice.issued_at,
        "due_at": invoice.due_at,
        "run_id": invoice.proof.run_id,
        "markers": {str(partition): offset for partition, offset in invoice.proof.markers.items()},
        "cut": {str(partition): offset for partition, offset in invoice.proof.cut.items()},
        "previous_hash": invoice.proof.previous_hash,
        "hash": issued.hash,
        "outbox_id": issued.outbox_id,
    }


def _line_values(org_id: UUID, invoice_id: UUID, position: int, line: Line) -> dict[str, Any]:
    evidence, adjusts = line.evidence, line.adjusts
    steps = [step_document(step) for step in (evidence.steps if evidence else ())]
    return {
        "org_id": org_id,
        "invoice_id": invoice_id,
        "position": position,
        "line_id": line.line_id,
        "kind": line.kind,
        "description": line.description,
        "amount_minor": line.amount_minor,
        "period_index": line.period.index,
        "period_start_at": line.period.start_at,
        "period_end_at": line.period.end_at,
        "segment_id": line.segment_id,
        "share_numerator": line.share.numerator,
        "share_denominator": line.share.denominator,
        "share_offset": line.share.offset,
        "plan_id": line.plan.plan_id if line.plan else None,
        "plan_version": line.plan.number if line.plan else None,
        "charge_id": evidence.charge_id if evidence else None,
        "metric_id": evidence.metric_id if evidence else None,
        "metric": evidence.metric if evidence else None,
        "model": evidence.model if evidence else None,
        "quantity": evidence.quantity if evidence else None,
        "included_units": evidence.included_units if evidence else None,
        "billable_units": evidence.billable_units if evidence else None,
        "steps": steps if evidence else None,
        "unrounded": evidence.unrounded if evidence else None,
        "event_count": evidence.event_count if evidence else None,
        "digest": Decimal(evidence.digest) if evidence else None,
        "group_property": evidence.group.property if evidence and evidence.group else None,
        "group_value": evidence.group.value if evidence and evidence.group else None,
        "adjusts_invoice_id": adjusts.invoice_id if adjusts else None,
        "adjusts_line_id": adjusts.line_id if adjusts else None,
        "rerated_minor": adjusts.rerated_minor if adjusts else None,
        "billed_minor": adjusts.billed_minor if adjusts else None,
    }
