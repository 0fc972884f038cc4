"""An invoice read back from the document that its hash covers, and the parts of its period as its lines tell them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from usageflow_invoicer.domain.invoices import Invoice, Proof
from usageflow_invoicer.domain.lines import Adjusts, Evidence, Line, full_period
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Group
from usageflow_invoicer.domain.pricing.documents import step_from
from usageflow_invoicer.domain.pricing.proration import WHOLE, Share
from usageflow_invoicer.domain.segments import PlanRef, Segment, SegmentKind


def invoice_of(document: Mapping[str, Any]) -> Invoice:
    """The inverse of `canonical_document`. KeyError or ValueError for what is no such document."""
    return Invoice(
        UUID(document["orgId"]),
        UUID(document["id"]),
        document["sequence"],
        document["number"],
        document["customerId"],
        document["customerHash"],
        document["issuer"],
        UUID(document["subscriptionId"]),
        UUID(document["planId"]),
        document["planCode"],
        document["planVersion"],
        _period(document["period"]),
        document["currency"],
        datetime.fromisoformat(document["issuedAt"]),
        datetime.fromisoformat(document["dueAt"]),
        Proof(
            UUID(document["billingRunId"]),
            _vector(document["markers"]),
            _vector(document["cut"]),
            document["previousHash"],
        ),
        tuple(_line(line) for line in document["lines"]),
    )


def parts_of(
    invoice: Invoice, plan_of_charge: Mapping[UUID, PlanRef], step_of: Callable[[datetime], int]
) -> tuple[Segment, ...]:
    """The parts of the invoiced period, the last one named after the invoice. One that has no line is part of the one behind it."""
    own = PlanRef(invoice.plan_id, invoice.plan_version)
    found: dict[UUID, Segment] = {}
    for line in invoice.lines:
        if line.segment_id is None or line.period.index != invoice.period.index or line.adjusts is not None:
            continue
        plan = line.plan or (plan_of_charge.get(line.evidence.charge_id, own) if line.evidence else own)
        step = step_of(line.period.start_at)
        found.setdefault(
            line.segment_id,
            Segment(line.segment_id, line.period, 0, step, "regular", *full_period(line), plan, last=False),
        )
    parts = sorted(found.values(), key=lambda part: part.period.start_at)
    if not parts or parts[-1].period_id != invoice.invoice_id:
        start_at = parts[-1].period.end_at if parts else invoice.period.start_at
        rest = Period(invoice.period.index, start_at, invoice.period.end_at)
        kind = _kind(invoice, has_parts=bool(parts))
        full = (start_at, rest.end_at)
        parts.append(Segment(invoice.invoice_id, rest, 0, step_of(start_at), kind, *full, own))
    last = len(parts) - 1
    return tuple(replace(part, segment=number, last=number == last) for number, part in enumerate(parts))


def _kind(invoice: Invoice, *, has_parts: bool) -> SegmentKind:
    if invoice.period.start_at == invoice.period.end_at:
        return "opening" if invoice.period.index == -1 else "sweep"
    return "regular" if has_parts else "trial"


def _line(line: Mapping[str, Any]) -> Line:
    plan, segment_id, share = line.get("plan"), line.get("segmentId"), line.get("share")
    return Line(
        UUID(line["id"]),
        line["kind"],
        line["description"],
        line["amountMinor"],
        _period(line["period"]),
        _evidence(line["evidence"]) if line["evidence"] else None,
        _adjusts(line["adjusts"]) if line["adjusts"] else None,
        PlanRef(UUID(plan["planId"]), plan["number"]) if plan else None,
        UUID(segment_id) if segment_id else None,
        Share(*share) if share else WHOLE,
    )


def _evidence(evidence: Mapping[str, Any]) -> Evidence:
    [group] = [Group(*each) for each in evidence["group"].items()] if "group" in evidence else [None]
    return Evidence(
        UUID(evidence["chargeId"]),
        UUID(evidence["metricId"]),
        evidence["metric"],
        evidence["model"],
        Decimal(evidence["quantity"]),
        Decimal(evidence["includedUnits"]),
        Decimal(evidence["billableUnits"]),
        tuple(step_from({"unitPrice": None, **step}) for step in evidence["steps"]),
        Decimal(evidence["unrounded"]),
        evidence["eventCount"],
        int(evidence["digest"], 16),
        group,
    )


def _adjusts(adjusts: Mapping[str, Any]) -> Adjusts:
    return Adjusts(UUID(adjusts["invoiceId"]), UUID(adjusts["lineId"]), adjusts["reratedMinor"], adjusts["billedMinor"])


def _period(period: Mapping[str, Any]) -> Period:
    return Period(period["index"], datetime.fromisoformat(period["start"]), datetime.fromisoformat(period["end"]))


def _vector(offsets: Mapping[str, int]) -> dict[int, int]:
    return {int(partition): offset for partition, offset in offsets.items()}
