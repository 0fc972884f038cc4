"""What commands print: an invoice, its explanation, its verification. Amounts are exact text, never a float."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from usageflow_common.money import currency_exponent


def amount_text(money: Mapping[str, Any]) -> str:
    """`120.00 USD` from `{"amountMinor":12000,"currency":"USD"}`."""
    minor, currency = money["amountMinor"], money["currency"]
    exponent = currency_exponent(currency) or 0
    whole, rest = divmod(abs(minor), 10**exponent)
    fraction = f".{rest:0{exponent}d}" if exponent else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{fraction} {currency}"


def invoice_table(invoice: Mapping[str, Any]) -> Table:
    """Number, customer, lines and total."""
    period = invoice["period"]
    title = f"Invoice {invoice['number'] or '(draft)'} for {invoice['customerId']}, {period['start'][:10]} to {period['end'][:10]}"
    table = Table(title=Text(title), title_justify="left", show_footer=True)
    table.add_column("Line", footer="Total")
    table.add_column("Quantity", justify="right")
    table.add_column("Included", justify="right")
    table.add_column("Billable", justify="right")
    table.add_column("Unit price", justify="right")
    table.add_column("Amount", justify="right", footer=amount_text(invoice["total"]))
    for line in invoice["lines"]:
        steps = line.get("steps") or []
        prices = ", ".join(step["unitPrice"] for step in steps if step.get("unitPrice") is not None)
        cells = (line.get("quantity"), line.get("includedUnits"), line.get("billableUnits"))
        # as Text: a name that somebody gave may look like markup
        texts = (line["description"], *(cell or "" for cell in cells), prices, amount_text(line["amount"]))
        table.add_row(*map(Text, texts))
    return table


def explanation_table(explanation: Mapping[str, Any]) -> Group:
    """The steps of the calculation and the windows behind them."""
    line, windows = explanation["line"], explanation["windows"]
    arithmetic = [
        f"  {step['units']} × {step['unitPrice']} = {step['amount']}"
        for step in explanation["steps"]
        if step.get("unitPrice") is not None
    ]
    table = Table(show_header=True)
    for heading in ("Window", "Value", "Events", "Digest"):
        table.add_column(heading, justify="left" if heading in {"Window", "Digest"} else "right")
    for window in windows["data"]:
        table.add_row(window["windowStart"], window["value"], str(window["eventCount"]), window["digest"][:16] + "…")
    recomputed = explanation["recomputed"]
    verdict = "equal" if explanation["matches"] else "DIFFERENT"
    return Group(
        Text(f"{line.get('description', line['id'])}: {recomputed['quantity']} units"),
        *map(Text, arithmetic),
        table,
        Text(f"Recomputed from raw events: {amount_text(recomputed['amount'])}: {verdict}"),
    )


def verification_table(report: Mapping[str, Any]) -> Table:
    """Every check with what was expected and what was found."""
    table = Table(
        title=f"Verification: {report['status']}, {report['checkedEvents']} events recomputed", title_justify="left"
    )
    for heading in ("Check", "Expected", "Found", ""):
        table.add_column(heading)
    for check in report["checks"]:
        table.add_row(
            Text(check["check"]),
            Text(_short(check["expected"])),
            Text(_short(check["actual"])),
            "ok" if check["passed"] else "FAILED",
        )
    return table


def records_table(records: Sequence[Mapping[str, Any]]) -> Table:
    """Objects of one kind, a row each, under the names of their members."""
    table = Table(*records[0])
    for record in records:
        table.add_row(*(Text("" if value is None else str(value)) for value in record.values()))
    return table


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:23] + "…"
