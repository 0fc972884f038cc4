"""What was billed first for a charge's usage of a part of a period, and every correction of it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_invoicer.domain.lines import Line, usage_line_id
from usageflow_invoicer.domain.segments import PlanRef
from usageflow_invoicer.store.invoices.reading import line_of
from usageflow_invoicer.store.periods import segment_of
from usageflow_invoicer.store.sums import SumKey
from usageflow_invoicer.tables import billing_periods, invoice_lines, invoices


@dataclass(frozen=True, slots=True)
class OriginalLine:
    """The usage line of an invoiced part's charge (and value), and the adjustments of it in the order of their invoices."""

    invoice_id: UUID
    subscription_id: UUID
    plan: PlanRef
    line: Line
    adjustments: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _First:
    invoice_id: UUID
    subscription_id: UUID
    plan: PlanRef
    line: Line


async def read_originals(
    tx: Transaction, org_id: UUID, billed: Sequence[SumKey], *, before_sequence: int | None = None
) -> dict[SumKey, OriginalLine]:
    """With `before_sequence` only the adjustments on invoices numbered before it.

    A value of a matrix that was not used when its part was billed had no line: one of nothing stands in for it.
    """
    if not billed:
        return {}
    first = await _billed_first(tx, org_id, billed)
    first |= await _not_billed(tx, org_id, [key for key in billed if key not in first and key.value is not None])
    adjustments = await _adjustments(tx, org_id, [each.line.line_id for each in first.values()], before_sequence)
    return {
        key: OriginalLine(
            each.invoice_id, each.subscription_id, each.plan, each.line, tuple(adjustments.get(each.line.line_id, ()))
        )
        for key, each in first.items()
    }


async def _billed_first(tx: Transaction, org_id: UUID, billed: Sequence[SumKey]) -> dict[SumKey, _First]:
    i, line, p = invoices.c, invoice_lines.c, billing_periods.c
    # Lines of the time before periods had parts name none: theirs is the invoice's.
    segment_id = sa.func.coalesce(line.segment_id, line.invoice_id)
    rows = await tx.execute(
        sa.select(
            invoice_lines,
            i.subscription_id,
            p.period_id.label("part_id"),
            p.plan_id.label("part_plan_id"),
            p.plan_version.label("part_plan_version"),
        )
        .join(invoices, sa.and_(i.org_id == line.org_id, i.invoice_id == line.invoice_id))
        .join(billing_periods, sa.and_(p.org_id == line.org_id, p.period_id == segment_id))
        .where(
            line.org_id == org_id,
            line.kind == "usage",
            sa.tuple_(segment_id, line.charge_id).in_({(key.period_id, key.charge_id) for key in billed}),
            line.invoice_id.in_(_invoices_of(org_id, [key.period_id for key in billed])),
        )
    )
    wanted = set(billed)
    return {
        key: _First(row.invoice_id, row.subscription_id, PlanRef(row.part_plan_id, row.part_plan_version), line_of(row))
        for row in rows
        if (key := SumKey(row.part_id, row.charge_id, row.group_value)) in wanted
    }


async def _not_billed(tx: Transaction, org_id: UUID, keys: Sequence[SumKey]) -> dict[SumKey, _First]:
    if not keys:
        return {}
    p, last = billing_periods.c, billing_periods.alias()
    rows = await tx.execute(
        sa.select(billing_periods, last.c.period_id.label("invoice_id"))
        .join(
            last,
            sa.and_(
                last.c.org_id == p.org_id,
                last.c.subscription_id == p.subscription_id,
                last.c.period_index == p.period_index,
                last.c.last,
            ),
        )
        .where(p.org_id == org_id, p.kind == "regular", p.period_id.in_({key.period_id for key in keys}))
    )
    parts = {row.period_id: row for row in rows}
    return {key: _nothing(parts[key.period_id], key) for key in keys if key.period_id in parts}


def _nothing(row: sa.Row[Any], key: SumKey) -> _First:
    segment = segment_of(row)
    line = Line(
        usage_line_id(key.period_id, key.charge_id, key.value),
        "usage",
        "",
        0,
        segment.period,
        segment_id=key.period_id,
        share=segment.share,
    )
    return _First(row.invoice_id, row.subscription_id, segment.plan, line)


async def _adjustments(
    tx: Transaction, org_id: UUID, line_ids: Sequence[UUID], before_sequence: int | None
) -> dict[UUID, list[Line]]:
    i, line = invoices.c, invoice_lines.c
    statement = (
        sa.select(invoice_lines)
        .join(invoices, sa.and_(i.org_id == line.org_id, i.invoice_id == line.invoice_id))
        .where(line.org_id == org_id, line.kind == "adjustment", any_of(line.adjusts_line_id, line_ids))
        .order_by(i.sequence)
    )
    if before_sequence is not None:
        statement = statement.where(i.sequence < before_sequence)
    found: dict[UUID, list[Line]] = {}
    for row in await tx.execute(statement):
        found.setdefault(row.adjusts_line_id, []).append(line_of(row))
    return found


def _invoices_of(org_id: UUID, period_ids: Sequence[UUID]) -> sa.Select[Any]:
    """The invoices of these parts of periods: each is named after the last part of its period."""
    part, last = billing_periods.alias(), billing_periods.alias()
    return (
        sa.select(last.c.period_id)
        .join(
            part,
            sa.and_(
                part.c.org_id == last.c.org_id,
                part.c.subscription_id == last.c.subscription_id,
                part.c.period_index == last.c.period_index,
            ),
        )
        .where(part.c.org_id == org_id, any_of(part.c.period_id, period_ids), last.c.last)
    )
