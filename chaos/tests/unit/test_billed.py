"""The proof of invoices can fail: each wrong amount, count, number and payment is found."""

import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from counted_events import counted

from chaos.billed import compare_invoices
from chaos.billing import Billed
from chaos.books import Content
from chaos.second_month import Dealings
from chaos.traffic import BILLED_METRIC, CUSTOMERS

START = datetime(2026, 3, 1, tzinfo=UTC)
MIDDLE, END, LATER = START + timedelta(days=31), START + timedelta(days=61), START + timedelta(days=46)
BY_HAND = CUSTOMERS[3]


def line(kind, start, end, amount, count=None, proration=None):
    period = {"start": start.isoformat(), "end": end.isoformat()}
    return {
        "kind": kind, "period": period, "amount": {"amountMinor": amount}, "eventCount": count, "proration": proration
    }  # fmt: skip


def invoice(sequence, total, *lines):
    name = f"INV-{sequence}"
    paid = {"status": "succeeded", "provider": "manual", "amount": {"amountMinor": total}}
    shown = {
        "id": name, "number": name, "sequence": sequence, "customerId": BY_HAND, "status": "paid",
        "total": {"amountMinor": total}, "amountPaid": {"amountMinor": total}, "lines": list(lines),
    }  # fmt: skip
    return Billed(shown, [paid], {"status": "passed"})


def events():
    """100 and 250.5 calls of March, 10 of them late; 40 of April before the change and 60 behind it."""
    amounts = ((1, "100"), (5, "250.5"), (9, "10"), (33, "40"), (50, "60"))
    return [
        counted(f"e{day}", Content(BILLED_METRIC, BY_HAND, Decimal(amount), START + timedelta(days=day)), offset=day)
        for day, amount in amounts
    ]


@pytest.fixture
def right():
    half = {"numerator": 15, "denominator": 30, "offset": 0}
    march = invoice(1, 10_351, line("base", START, MIDDLE, 10_000), line("usage", START, MIDDLE, 351, 2))
    april = invoice(
        2,
        17_730,
        line("proration", MIDDLE, LATER, 5_000, proration=half),
        line("proration", LATER, END, 12_500, proration=half | {"offset": 15}),
        line("usage", MIDDLE, LATER, 40, 1),
        line("usage", LATER, END, 180, 1),
        line("adjustment", START, MIDDLE, 10, 1),
    )
    return [march, april], Dealings({BY_HAND: LATER}, {"INV-1": 10_351, "INV-2": 17_730})


def test_what_is_right_is_right(right):
    assert compare_invoices(right[0], events(), right[1]) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda billed: billed[1].invoice["lines"].pop(), "minor units for 2 events billed instead of 361 for 3"),
        (lambda billed: billed[1].invoice["lines"].pop(2), "do not tile time"),
        (lambda billed: billed[0].invoice["lines"][1]["amount"].update(amountMinor=350), "instead of 361 for 3"),
        (lambda billed: billed[0].invoice["lines"][0]["amount"].update(amountMinor=9_999), "of base price instead"),
        (lambda billed: billed[1].invoice["lines"][1]["amount"].update(amountMinor=5_000), "instead of 12500"),
        (lambda billed: billed[1].invoice.update(sequence=3), "the numbers are [1, 3]"),
        (lambda billed: billed.pop(), "1 invoices of 2 months"),
        (lambda billed: billed[0].report.update(status="failed"), "verification failed"),
        (lambda billed: billed[0].payments.append(billed[0].payments[0]), "payments sum up to 20702"),
        (lambda billed: billed[0].payments.clear(), "0 recorded by hand, 10351 confirmed"),
        (lambda billed: billed[0].invoice.update(status="open"), "open instead of paid"),
    ],
)
def test_what_is_wrong_is_named(right, spoil, said):
    billed = copy.deepcopy(right[0])
    spoil(billed)
    assert any(said in difference.what for difference in compare_invoices(billed, events(), right[1]))
