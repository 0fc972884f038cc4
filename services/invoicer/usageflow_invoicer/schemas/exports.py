"""Invoices for accounting: a row for each line, as CSV or JSON Lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, public_id
from usageflow_common.money import decimal_text, to_major
from usageflow_invoicer.domain.lines import Line
from usageflow_invoicer.store.invoices.reading import StoredInvoice

COLUMNS: Final = (
    "invoiceId",
    "number",
    "status",
    "customerId",
    "customerName",
    "subscriptionId",
    "planCode",
    "planVersion",
    "issuedAt",
    "dueAt",
    "paidAt",
    "currency",
    "invoiceTotalMinor",
    "lineId",
    "kind",
    "description",
    "periodStart",
    "periodEnd",
    "metric",
    "groupValue",
    "quantity",
    "includedUnits",
    "billableUnits",
    "amountMinor",
    "amount",
    "hash",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_encode: Final = msgspec.json.Encoder().encode


def rows_of(stored: StoredInvoice) -> Iterator[dict[str, Any]]:
    """A row for each line, by COLUMNS."""
    invoice, balance = stored.invoice, stored.balance
    shared = {
        "invoiceId": public_id(Prefix.INVOICE, invoice.invoice_id),
        "number": invoice.number,
        "status": balance.status,
        "customerId": invoice.customer_id,
        "customerName": (stored.customer_block or {}).get("name"),
        "subscriptionId": public_id(Prefix.SUBSCRIPTION, invoice.subscription_id),
        "planCode": invoice.plan_code,
        "planVersion": invoice.plan_version,
        "issuedAt": instant_text(invoice.issued_at),
        "dueAt": instant_text(invoice.due_at),
        "paidAt": instant_text(balance.paid_at) if balance.paid_at else None,
        "currency": invoice.currency,
        "invoiceTotalMinor": stored.stored_total_minor,
        "hash": stored.stored_hash,
    }
    for line in invoice.lines:
        row = shared | _line(line, invoice.currency)
        yield {column: row[column] for column in COLUMNS}


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One object a line."""
    return b"".join(_encode(row) + b"\n" for row in rows)


def csv_lines(rows: Sequence[Mapping[str, Any]], *, header: bool = False) -> bytes:
    """RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    if header:
        writer.writerow(COLUMNS)
    writer.writerows([_cell(column, row[column]) for column in COLUMNS] for row in rows)
    return written.getvalue().encode()


def _line(line: Line, currency: str) -> dict[str, Any]:
    evidence = line.evidence
    return {
        "lineId": public_id(Prefix.LINE, line.line_id),
        "kind": line.kind,
        "description": line.description,
        "periodStart": instant_text(line.period.start_at),
        "periodEnd": instant_text(line.period.end_at),
        "metric": evidence.metric if evidence else None,
        "groupValue": evidence.group.value if evidence and evidence.group else None,
        "quantity": decimal_text(evidence.quantity) if evidence else None,
        "includedUnits": decimal_text(evidence.included_units) if evidence else None,
        "billableUnits": decimal_text(evidence.billable_units) if evidence else None,
        "amountMinor": line.amount_minor,
        "amount": decimal_text(to_major(line.amount_minor, currency)),
    }


def _cell(column: str, value: Any) -> Any:
    if value is None:
        return ""
    numeric = column in {"quantity", "includedUnits", "billableUnits", "amount"}
    if isinstance(value, str) and not numeric and value.startswith(_FORMULA):
        return f"'{value}"
    return value
