"""An issued invoice, and the document that its hash covers.

The document is built from the values alone, so the same function makes it at issue and, from what is stored, at verification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from usageflow_common.clock import instant_text
from usageflow_common.money import decimal_text
from usageflow_invoicer.domain.hashing import document_hash
from usageflow_invoicer.domain.lines import Adjusts, Evidence, Line
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.pricing.documents import step_document
from usageflow_invoicer.domain.pricing.steps import Step
from usageflow_invoicer.domain.usage import digest_text


@dataclass(frozen=True, slots=True)
class Proof:
    """What an invoice's usage rests on: the barrier's markers, and the cut, both as partition → offset in events.raw."""

    run_id: UUID
    markers: Mapping[int, int]
    cut: Mapping[int, int]
    previous_hash: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """Everything about an invoice that never changes. Its id is that of the billing period."""

    org_id: UUID
    invoice_id: UUID
    sequence: int
    number: str
    customer_id: str
    customer_hash: str
    issuer: Mapping[str, Any]
    subscription_id: UUID
    plan_id: UUID
    plan_code: str
    plan_version: int
    period: Period
    currency: str
    issued_at: datetime
    due_at: datetime
    proof: Proof
    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def hash(self) -> str:
        """Hex of SHA-256 over the canonical document; see hashing.py."""
        return document_hash(canonical_document(self))


def canonical_document(invoice: Invoice) -> dict[str, Any]:
    """The invoice as its hash covers it: bare UUIDs, decimals as text, integers within ±(2^53 − 1). The customer stands in by a hash."""
    return {
        "orgId": str(invoice.org_id),
        "id": str(invoice.invoice_id),
        "sequence": invoice.sequence,
        "number": invoice.number,
        "customerId": invoice.customer_id,
        "customerHash": invoice.customer_hash,
        "issuer": dict(invoice.issuer),
        "subscriptionId": str(invoice.subscription_id),
        "planId": str(invoice.plan_id),
        "planCode": invoice.plan_code,
        "planVersion": invoice.plan_version,
        "period": _period(invoice.period),
        "currency": invoice.currency,
        "totalMinor": invoice.total_minor,
        "issuedAt": instant_text(invoice.issued_at),
        "dueAt": instant_text(invoice.due_at),
        "billingRunId": str(invoice.proof.run_id),
        "markers": _vector(invoice.proof.markers),
        "cut": _vector(invoice.proof.cut),
        "previousHash": invoice.proof.previous_hash,
        "lines": [_line(line) for line in invoice.lines],
    }


def invoice_number(prefix: str, sequence: int) -> str:
    """`INV-000001`; longer when six digits do not do."""
    return f"{prefix}{sequence:06d}"


def _line(line: Line) -> dict[str, Any]:
    document = {
        "id": str(line.line_id),
        "kind": line.kind,
        "description": line.description,
        "amountMinor": line.amount_minor,
        "period": _period(line.period),
        "evidence": _evidence(line.evidence) if line.evidence else None,
        "adjusts": _adjusts(line.adjusts) if line.adjusts else None,
    }
    # What a line does not have stands in no document: those of earlier versions keep their hash.
    if line.plan is not None:
        document["plan"] = {"planId": str(line.plan.plan_id), "number": line.plan.number}
    if line.segment_id is not None:
        document["segmentId"] = str(line.segment_id)
    if not line.share.whole:
        share = line.share
        document["share"] = [share.numerator, share.denominator, share.offset]
    return document


def _evidence(evidence: Evidence) -> dict[str, Any]:
    document = {
        "chargeId": str(evidence.charge_id),
        "metricId": str(evidence.metric_id),
        "metric": evidence.metric,
        "model": evidence.model,
        "quantity": decimal_text(evidence.quantity),
        "includedUnits": decimal_text(evidence.included_units),
        "billableUnits": decimal_text(evidence.billable_units),
        "steps": [_step(step) for step in evidence.steps],
        "unrounded": decimal_text(evidence.unrounded),
        "eventCount": evidence.event_count,
        "digest": digest_text(evidence.digest),
    }
    if evidence.group is not None:
        document["group"] = {evidence.group.property: evidence.group.value}
    return document


def _step(step: Step) -> dict[str, str]:
    return {name: value for name, value in step_document(step).items() if value is not None}


def _adjusts(adjusts: Adjusts) -> dict[str, Any]:
    return {
        "invoiceId": str(adjusts.invoice_id),
        "lineId": str(adjusts.line_id),
        "reratedMinor": adjusts.rerated_minor,
        "billedMinor": adjusts.billed_minor,
    }


def _period(period: Period) -> dict[str, Any]:
    return {"index": period.index, "start": instant_text(period.start_at), "end": instant_text(period.end_at)}


def _vector(offsets: Mapping[int, int]) -> dict[str, int]:
    return {str(partition): offset for partition, offset in sorted(offsets.items())}
