"""What the senders' books make of every invoice: quantities, amounts, base prices and payments, by arithmetic of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

from chaos.billing import OTHER_PLAN, PLAN, PRICES, Billed
from chaos.proof import Difference
from chaos.second_month import Dealings
from chaos.store import StoredEvent
from chaos.traffic import BILLED_METRIC, PAYMENT_METHODS
from usageflow_common.money import EXACT

_MONTHS = 2


def compare_invoices(billed: Sequence[Billed], events: Sequence[StoredEvent], dealings: Dealings) -> list[Difference]:
    """Every invoice is verified, numbered without a gap, and bills what the books say; all that was paid is there once."""
    found = [
        Difference(f"verification {each.report['status']}: {str(each.report)[:600]}", each.invoice["number"])
        for each in billed
        if each.report["status"] != "passed"
    ]
    numbers = sorted(each.invoice["sequence"] for each in billed)
    if numbers != list(range(1, len(billed) + 1)):
        found.append(Difference(f"the numbers are {numbers}", "invoices"))
    ordered = sorted(billed, key=lambda each: each.customer_id)
    for customer_id, group in groupby(ordered, key=lambda each: each.customer_id):
        own = list(group)
        if len(own) != _MONTHS:
            found.append(Difference(f"{len(own)} invoices of {_MONTHS} months", customer_id))
        found += _usage(customer_id, own, events, dealings)
        found += _base(customer_id, own, dealings)
    for each in billed:
        found += _payments(each, dealings)
    return found


def _usage(
    customer_id: str, own: Sequence[Billed], events: Sequence[StoredEvent], dealings: Dealings
) -> Iterator[Difference]:
    """A part's usage line and all adjustments of it, wherever they stand, are what all of its events cost together."""
    parts: dict[tuple[datetime, datetime], tuple[int, int]] = {}
    for line in _lines(own, "usage", "adjustment"):
        amount, count = parts.get(_period(line), (0, 0))
        parts[_period(line)] = (amount + line["amount"]["amountMinor"], count + line["eventCount"])
    for one, other in pairwise(sorted(parts)):
        if one[1] != other[0]:
            yield Difference(f"the parts {one} and {other} do not tile time", customer_id)
    calls = [each for each in events if (each.customer_id, each.metric) == (customer_id, BILLED_METRIC)]
    if outside := [each.key for each in calls if not any(start <= each.occurred_at < end for start, end in parts)]:
        yield Difference(f"{len(outside)} events of no billed part, {outside[:3]} among them", customer_id)
    for (start, end), (amount, count) in parts.items():
        mine = [each.amount for each in calls if start <= each.occurred_at < end]
        total = Decimal(0)
        for each in mine:
            total = EXACT.add(total, each)
        _, price = PRICES[_plan_at(customer_id, start, dealings)]
        expected = (half_up(Fraction(total) * Fraction(price) * 100), len(mine))
        if (amount, count) != expected:
            said = f"{amount} minor units for {count} events billed instead of {expected[0]} for {expected[1]}"
            yield Difference(said, f"{customer_id} from {start}")


def _base(customer_id: str, own: Sequence[Billed], dealings: Dealings) -> Iterator[Difference]:
    """A part of a month owes its share of the price: the price up to its end minus the price up to its start, each rounded."""
    for line in _lines(own, "base", "proration"):
        start, _ = _period(line)
        price, _ = PRICES[_plan_at(customer_id, start, dealings)]
        share = line["proration"] or {"offset": 0, "numerator": 1, "denominator": 1}
        before, behind = share["offset"], share["offset"] + share["numerator"]
        until_start, until_end = (
            half_up(Fraction(price) * 100 * seconds / share["denominator"]) for seconds in (before, behind)
        )
        if line["amount"]["amountMinor"] != until_end - until_start:
            said = f"{line['amount']['amountMinor']} minor units of base price instead of {until_end - until_start}"
            yield Difference(said, f"{customer_id} from {start}")


def _payments(each: Billed, dealings: Dealings) -> Iterator[Difference]:
    """What was paid is what the payments sum up to; what was recorded by hand is in it once; cards end as their names say."""
    invoice, where = each.invoice, str(each.invoice["number"])
    succeeded = [payment for payment in each.payments if payment["status"] == "succeeded"]
    paid = sum(payment["amount"]["amountMinor"] for payment in succeeded)
    if paid != invoice["amountPaid"]["amountMinor"]:
        yield Difference(f"{invoice['amountPaid']} paid, payments sum up to {paid}", where)
    by_hand = sum(payment["amount"]["amountMinor"] for payment in succeeded if payment["provider"] == "manual")
    if by_hand != dealings.paid_minor.get(str(invoice["id"]), 0):
        yield Difference(
            f"{by_hand} recorded by hand, {dealings.paid_minor.get(str(invoice['id']), 0)} confirmed", where
        )
    method, total = PAYMENT_METHODS[each.customer_id], invoice["total"]["amountMinor"]
    status = "open" if method == "test_declined" and total else "paid"
    if invoice["status"] != status:
        yield Difference(f"{invoice['status']} instead of {status}, paid with {method}", where)
    if method in {"test_ok", "test_later"} and total and len(succeeded) != 1:
        yield Difference(f"{len(succeeded)} charges succeeded", where)


def half_up(value: Fraction) -> int:
    """The nearest integer, halves away from zero."""
    whole = (abs(value) * 2 + 1) // 2
    return int(whole if value >= 0 else -whole)


def _plan_at(customer_id: str, start: datetime, dealings: Dealings) -> str:
    changed_at = dealings.changed_at.get(customer_id)
    return OTHER_PLAN if changed_at is not None and start >= changed_at else PLAN


def _lines(own: Sequence[Billed], *kinds: str) -> Iterator[Mapping[str, Any]]:
    return (line for each in own for line in each.invoice["lines"] if line["kind"] in kinds)


def _period(line: Mapping[str, Any]) -> tuple[datetime, datetime]:
    period = line["period"]
    return datetime.fromisoformat(period["start"]), datetime.fromisoformat(period["end"])
