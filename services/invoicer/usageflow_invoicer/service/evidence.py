"""Gather what a stored invoice is compared with: its rows, its plan, what was billed before it, and the raw events below its cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import transaction
from usageflow_common.errors import NotFound
from usageflow_invoicer.domain.hashing import salted_hash
from usageflow_invoicer.domain.invoices import Invoice
from usageflow_invoicer.domain.lines import Line, UsageKey, billed_so_far
from usageflow_invoicer.domain.plans import Group
from usageflow_invoicer.domain.segments import PlanRef
from usageflow_invoicer.domain.usage import NOTHING, Events, Usage, total_events
from usageflow_invoicer.domain.verification import Stored
from usageflow_invoicer.service.bills import read_plans
from usageflow_invoicer.store.invoices import originals, reading, waiting_credit
from usageflow_invoicer.store.sums import SumKey


@dataclass(frozen=True, slots=True)
class Question:
    """A range of a customer's metric, counting only events whose offset lies below the cut of their partition."""

    org_id: UUID
    metric_id: UUID
    customer_id: str
    start_at: datetime
    end_at: datetime
    cut: Mapping[int, int]
    group: Group | None = None
    """Only usage that is counted under this value; None is all of it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A quarter hour; `value` is its own, None where it has none."""

    start_at: datetime
    end_at: datetime
    value: Decimal | None
    event_count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Windows:
    """A page of a range's windows that have events; `usage` is that of the whole range."""

    usage: Usage
    page: tuple[Window, ...]
    next_cursor: str | None


class RawEvents(Protocol):
    """Whoever can count raw events again."""

    async def recount(self, question: Question) -> Usage:
        """The usage of a range below the cut, every event hashed again."""
        ...

    async def recount_values(self, question: Question, key: str) -> Mapping[str, Usage]:
        """The same of each value of a key that has any, from one reading of the events."""
        ...

    async def explain(self, question: Question, *, cursor: str | None, limit: int) -> Windows:
        """A page of a range's windows as they were at the cut."""
        ...

    async def events(
        self, question: Question, *, cursor: str | None, limit: int
    ) -> tuple[tuple[msgspec.Raw, ...], str | None]:
        """A page of the events themselves, each as JSON that nobody has read: a number in it keeps all its digits."""
        ...


def question_of(invoice: Invoice, line: Line) -> Question | None:
    """What has to be counted again for a line; None where it bills no usage."""
    if line.evidence is None:
        return None
    return Question(
        invoice.org_id,
        line.evidence.metric_id,
        invoice.customer_id,
        line.period.start_at,
        line.period.end_at,
        invoice.proof.cut,
        line.evidence.group,
    )


async def read_stored(engine: AsyncEngine, org_id: UUID, invoice_id: UUID) -> Stored:
    """The invoice as its rows say, with nothing recounted yet. NotFound."""
    async with transaction(engine, "REPEATABLE READ", read_only=True) as tx:
        found = await reading.read_invoice(tx, org_id, invoice_id)
        if found is None:
            raise NotFound
        invoice = found.invoice
        adjusted = [
            SumKey(
                line.segment_id or line.adjusts.invoice_id,
                line.evidence.charge_id,
                line.evidence.group.value if line.evidence.group else None,
            )
            for line in invoice.lines
            if line.adjusts is not None and line.evidence is not None
        ]
        found_originals = await originals.read_originals(tx, org_id, adjusted, before_sequence=invoice.sequence)
        refs = {PlanRef(invoice.plan_id, invoice.plan_version)}
        refs |= {original.plan for original in found_originals.values()}
        refs |= await reading.plans_of_lines(tx, invoice)
        versions = await read_plans(tx, org_id, refs)
        billed_before = [(invoice.subscription_id, invoice.period.index)]
        prepaid = await reading.prepaid(tx, org_id, billed_before, before_sequence=invoice.sequence)
        salt = await reading.customer_salt(tx, org_id, invoice_id)
        predecessor = await reading.predecessor_hash(tx, org_id, invoice.sequence)
        waiting = await waiting_credit.waiting_credits(
            tx, org_id, [invoice.customer_id], before_sequence=invoice.sequence
        )
    by_line = {original.line.line_id: original for original in found_originals.values()}
    billed = {
        line.line_id: billed_so_far(original.line, original.invoice_id, original.adjustments)
        for line in invoice.lines
        if line.adjusts is not None and (original := by_line.get(line.adjusts.line_id)) is not None
    }
    return Stored(
        invoice,
        found.stored_hash,
        found.stored_total_minor,
        salted_hash(salt, found.customer_block) if found.customer_block is not None else None,
        versions,
        {charge.charge_id: charge for each in versions.values() for charge in each.charges},
        predecessor,
        {},
        {},
        billed,
        waiting.get((invoice.customer_id, invoice.currency), 0),
        prepaid.get(invoice.subscription_id, 0),
    )


async def recount_lines(stored: Stored, raw_events: RawEvents) -> Stored:
    """The same with the usage of every line counted again from raw events, and for a matrix that of all values together.

    The lines of a matrix are counted together: its events are read once.
    """
    recounted, whole = dict[UUID, Usage](), dict[UsageKey, Events]()
    counted: dict[tuple[UUID, str, datetime, datetime], Mapping[str, Usage]] = {}
    for line in stored.invoice.lines:
        question = question_of(stored.invoice, line)
        if question is None or line.evidence is None:
            continue
        if question.group is None:
            recounted[line.line_id] = await raw_events.recount(question)
            continue
        key = question.group.property
        range_key = (question.metric_id, key, question.start_at, question.end_at)
        if range_key not in counted:
            counted[range_key] = await raw_events.recount_values(replace(question, group=None), key)
        values = counted[range_key]
        recounted[line.line_id] = values.get(question.group.value, NOTHING)
        if line.kind == "usage" and line.segment_id is not None:
            whole[line.segment_id, line.evidence.charge_id] = total_events([each.events for each in values.values()])
    return replace(stored, recounted=recounted, whole=whole)
