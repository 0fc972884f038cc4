"""Amounts are printed exactly, in every currency's own digits."""

import pytest
from rich.console import Console

from usageflow_cli.tables import amount_text, invoice_table, records_table


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (12_000, "USD", "120.00 USD"),
        (-5, "USD", "-0.05 USD"),
        (1_234_567_890, "JPY", "1,234,567,890 JPY"),
        (1_001, "BHD", "1.001 BHD"),
        (9_007_199_254_740_991, "USD", "90,071,992,547,409.91 USD"),
    ],
)
def test_an_amount_is_printed_with_the_digits_of_its_currency(minor, currency, text):
    assert amount_text({"amountMinor": minor, "currency": currency}) == text


def test_an_invoice_is_printed_with_its_lines_and_its_total():
    base = {"kind": "base", "description": "Pro, March 2026", "amount": {"amountMinor": 10_000, "currency": "USD"}}
    usage = {
        "kind": "usage",
        "description": "API calls",
        "quantity": "12000",
        "includedUnits": "10000",
        "billableUnits": "2000",
        "steps": [{"units": "2000", "unitPrice": "0.01", "flatPrice": None, "amount": "20"}],
        "amount": {"amountMinor": 2_000, "currency": "USD"},
    }
    invoice = {
        "number": "INV-000001",
        "customerId": "user_123",
        "period": {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"},
        "total": {"amountMinor": 12_000, "currency": "USD"},
        "lines": [base, usage],
    }
    console = Console(width=140)
    with console.capture() as captured:
        console.print(invoice_table(invoice))
    printed = captured.get()
    assert [
        figure
        for figure in ("INV-000001", "12000", "10000", "2000", "0.01", "20.00 USD", "120.00 USD")
        if figure not in printed
    ] == []


def test_a_name_that_looks_like_markup_is_printed_as_it_is():
    line = {"kind": "base", "description": "Pro [/bold] [red]", "amount": {"amountMinor": 1, "currency": "USD"}}
    period = {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}
    total = {"amountMinor": 1, "currency": "USD"}
    invoice = {"number": None, "customerId": "a", "period": period, "total": total, "lines": [line]}
    console = Console(width=140)
    with console.capture() as captured:
        console.print(invoice_table(invoice))
        console.print(records_table([{"partition": 3, "detail": "[/x]", "orgId": None}]))
    assert "Pro [/bold] [red]" in captured.get()
    assert "[/x]" in captured.get()
