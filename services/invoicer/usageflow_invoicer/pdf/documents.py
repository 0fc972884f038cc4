"""What stands in a PDF, as texts: numbers with their separators, dates, and why each amount is what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from usageflow_common.money import currency_exponent, decimal_text, to_major
from usageflow_invoicer.domain.lines import Evidence, Line
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.usage import digest_text
from usageflow_invoicer.store.credit_notes import CreditNote
from usageflow_invoicer.store.invoices.reading import StoredInvoice

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_THIN: Final = "\N{EN DASH}"


def invoice_document(stored: StoredInvoice, time_zone: str) -> dict[str, Any]:
    """An invoice with its usage and what proves it. Days are those of the issuer's time zone."""
    invoice, balance, zone = stored.invoice, stored.balance, ZoneInfo(time_zone)
    currency, issued = invoice.currency, stored.relayed
    due = stored.stored_total_minor - balance.paid_minor - balance.credited_minor
    totals = [_total("Total", stored.stored_total_minor, currency, strong=due == stored.stored_total_minor)]
    if balance.paid_minor:
        totals.append(_total("Paid", -balance.paid_minor, currency))
    if balance.credited_minor:
        totals.append(_total("Credited", -balance.credited_minor, currency))
    if len(totals) > 1:
        totals.append(_total("Amount due", due, currency, strong=True))
    number = invoice.number if issued else "Draft"
    return {
        "title": "Invoice",
        "draft": not issued or balance.status == "void",
        "draftWord": "VOID" if balance.status == "void" else "DRAFT",
        "footer": f"{invoice.issuer.get('name') or ''} · {number}",
        "issuer": _party(invoice.issuer),
        "customerTitle": "Billed to",
        "customer": _party({"name": invoice.customer_id, **_given(stored.customer_block or {})}),
        "facts": [
            ["Invoice number", number],
            ["Issued", _day(invoice.issued_at, zone) if issued else _THIN],
            ["Due", _day(invoice.due_at, zone) if issued else _THIN],
            ["Billing period", _span(invoice.period, zone)],
            ["Customer", invoice.customer_id],
        ],
        "columns": ["Description", "Quantity", "Unit price", "Amount"],
        "lines": [_line(line, currency, zone) for line in invoice.lines],
        "totals": totals,
        "note": None,
        "appendixTitle": "How usage was priced",
        "appendixNote": "Each amount is computed exactly and rounded once, half up. Events can be listed and recounted for every line.",
        "appendix": [_appendix(line, line.evidence, currency) for line in invoice.lines if line.evidence is not None],
        "proofTitle": "Verification",
        "proof": _proof(stored) if issued else [],
    }


def credit_note_document(note: CreditNote, stored: StoredInvoice, time_zone: str) -> dict[str, Any]:
    """A credit note with the lines that it takes something off."""
    invoice, zone = stored.invoice, ZoneInfo(time_zone)
    described = {line.line_id: line.description for line in invoice.lines}
    meaning = {
        "reduce_due": f"It lowers what is due on {invoice.number}.",
        "refund": "It is refunded.",
        "next_invoice": "It is taken off your next invoice.",
    }
    return {
        "title": "Credit note",
        "draft": False,
        "draftWord": "",
        "footer": f"{invoice.issuer.get('name') or ''} · {note.number}",
        "issuer": _party(invoice.issuer),
        "customerTitle": "Credited to",
        "customer": _party({"name": invoice.customer_id, **_given(stored.customer_block or {})}),
        "facts": [
            ["Credit note number", note.number],
            ["Issued", _day(note.created_at, zone)],
            ["For invoice", invoice.number],
            ["Customer", note.customer_id],
        ],
        "columns": ["Description", "", "", "Amount"],
        "lines": [
            {
                "description": described.get(line.line_id, ""),
                "notes": [],
                "quantity": "",
                "unitPrice": "",
                "amount": _money(-line.amount_minor, note.currency),
            }
            for line in note.lines
        ],
        "totals": [_total("Credit", -note.total_minor, note.currency, strong=True)],
        "note": f"{note.reason}. {meaning[note.disposition]}",
        "appendixTitle": "",
        "appendixNote": "",
        "appendix": [],
        "proofTitle": "",
        "proof": [],
    }


def grouped(value: Decimal) -> str:
    """A decimal with thousands apart: 1,234,567.89."""
    whole, _, rest = decimal_text(abs(value)).partition(".")
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{int(whole):,}{'.' + rest if rest else ''}"


def _line(line: Line, currency: str, zone: ZoneInfo) -> dict[str, Any]:
    quantity = unit_price = ""
    if line.evidence is not None:
        quantity = grouped(line.evidence.quantity)
        prices = {step.unit_price for step in line.evidence.steps if step.unit_price is not None}
        unit_price = grouped(next(iter(prices))) if len(prices) == 1 else ("tiered" if prices else "")
    return {
        "description": line.description,
        "notes": [*_notes(line, zone)],
        "quantity": quantity,
        "unitPrice": unit_price,
        "amount": _money(line.amount_minor, currency),
    }


def _notes(line: Line, zone: ZoneInfo) -> Iterator[str]:
    if line.kind != "carry_forward":
        yield _span(line.period, zone)
    if line.kind == "adjustment":
        yield "Usage that arrived after its invoice"
    if not line.share.whole:
        yield f"{line.share.numerator:,} of {line.share.denominator:,} seconds"
    if line.evidence is not None and line.evidence.included_units:
        yield f"{grouped(line.evidence.included_units)} included"


def _appendix(line: Line, evidence: Evidence, currency: str) -> dict[str, Any]:
    rows = [
        ["Quantity", grouped(evidence.quantity)],
        ["Included", grouped(evidence.included_units)],
        ["Billable", grouped(evidence.billable_units)],
    ]
    for step in evidence.steps:
        parts = []
        if step.unit_price is not None:
            parts.append(f"{grouped(step.units)} × {grouped(step.unit_price)}")
        if step.flat_price is not None:
            parts.append(grouped(step.flat_price))
        rows.append([" + ".join(parts), grouped(step.amount)])
    rows.append(["Before rounding", grouped(evidence.unrounded)])
    if line.adjusts is not None:
        rows.append(["Billed before", _money(line.adjusts.billed_minor, currency)])
    rows.append(["Events", f"{evidence.event_count:,}"])
    rows.append(["Digest of the events", digest_text(evidence.digest)[:16] + "…"])
    name = f"{line.description} ({evidence.metric})"
    return {"description": name, "amount": _money(line.amount_minor, currency), "rows": rows}


def _proof(stored: StoredInvoice) -> Sequence[Sequence[str]]:
    proof = stored.invoice.proof
    cut = "  ".join(f"{partition}:{offset}" for partition, offset in sorted(proof.cut.items()))
    return [
        ["Verification code", stored.stored_hash],
        ["Invoice before it", proof.previous_hash],
        ["Complete up to", cut if len(cut) < 200 else f"{len(proof.cut)} partitions"],  # two lines of the page
    ]


def _party(block: Mapping[str, Any]) -> dict[str, Any]:
    address = block.get("address") or {}
    city = " ".join(filter(None, (address.get("postalCode"), address.get("city"))))
    lines = [
        address.get("line1"),
        address.get("line2"),
        city,
        address.get("region"),
        address.get("country"),
        block.get("email"),
        f"Tax ID {block['taxId']}" if block.get("taxId") else None,
    ]
    return {"name": block.get("name") or "", "lines": [line for line in lines if line]}


def _given(block: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in block.items() if value is not None}


def _total(name: str, amount_minor: int, currency: str, *, strong: bool = False) -> dict[str, Any]:
    return {"name": name, "amount": _money(amount_minor, currency), "strong": strong}


def _money(amount_minor: int, currency: str) -> str:
    """With all decimals of the currency: −1,234.50 USD."""
    places = currency_exponent(currency) or 0
    value = to_major(amount_minor, currency)
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{abs(value):,.{places}f}{_NO_BREAK}{currency}"


def _day(instant: datetime, zone: ZoneInfo) -> str:
    civil = instant.astimezone(zone)
    return f"{civil.day} {civil:%B %Y}"


def _span(period: Period, zone: ZoneInfo) -> str:
    """First and last day; of a period without length that day."""
    last = max(period.start_at, period.end_at - timedelta(microseconds=1))
    first_day, last_day = _day(period.start_at, zone), _day(last, zone)
    return first_day if first_day == last_day else f"{first_day} {_THIN} {last_day}"
