"""The month behind the storm, by the organization's test clock, while parts go on dying: plans change, late events come, money moves."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from chaos import billing
from chaos.api import Api, StormFailed
from chaos.books import Books, Content
from chaos.traffic import BILLED_METRIC, CHANGING_CUSTOMERS, CUSTOMERS, PAYMENT_METHODS
from usageflow_common.clock import instant_text
from usageflow_common.money import decimal_text

_EVENTS: Final = 40
"""Of each customer."""

_FIRST_DAYS: Final = 10
_DAYS: Final = 40
_PARTS: Final = 2
_AT_ONCE: Final = 3


@dataclass(slots=True)
class Dealings:
    """What was agreed and paid, as the API confirmed it."""

    changed_at: dict[str, datetime] = field(default_factory=dict)
    """Customer → from when on the other plan holds."""

    paid_minor: dict[str, int] = field(default_factory=dict)
    """Invoice → what was recorded by hand."""


async def live_through(api: Api, books: Books, today: datetime, now: datetime, seed: int) -> Dealings:
    """Ten days, then events of these and of the month before, then the month's end with its invoices; and payments by hand."""
    dealings = Dealings()
    other = await billing.plan_id(api, billing.OTHER_PLAN)
    for customer_id in CHANGING_CUSTOMERS:
        dealings.changed_at[customer_id] = await _change(api, customer_id, other)
    await billing.advance(api, now + timedelta(days=_FIRST_DAYS))
    chance = Random(f"{seed}/second month")  # noqa: S311 -- a seed to replay, not secrecy
    for customer_id in CUSTOMERS:
        await _send(api, books, customer_id, today, chance)
    await billing.advance(api, now + timedelta(days=_DAYS))
    for customer_id in CUSTOMERS:
        if PAYMENT_METHODS[customer_id] is None:
            for invoice in await billing.issued(api, customer_id):
                dealings.paid_minor[str(invoice["id"])] = await _pay(api, invoice)
    return dealings


async def _change(api: Api, customer_id: str, plan_id: str) -> datetime:
    [subscription] = (await api.get("/api/subscriptions", {"customerId": customer_id}))["data"]
    here = f"/api/subscriptions/{subscription['id']}"
    await api.post(f"{here}/change", {"planId": plan_id, "effective": "now"})
    changes = (await api.get(f"{here}/changes"))["data"]
    [at] = [change["at"] for change in changes if change["kind"] == "change_plan"]
    return datetime.fromisoformat(at)


async def _send(api: Api, books: Books, customer_id: str, today: datetime, chance: Random) -> None:
    """Half of them of the ten days, half too late for their month."""
    contents = {
        f"second-{customer_id}-{number}": _content(customer_id, number, today, chance) for number in range(_EVENTS)
    }
    for key, content in contents.items():
        books.send(key, content)
    answer = await api.post("/api/track/batch", {"events": [_event(key, each) for key, each in contents.items()]})
    if answer["accepted"] != len(contents):
        raise StormFailed(f"a batch of the second month was not accepted: {answer}")
    for key, content in contents.items():
        books.acknowledge(key, content)


def _content(customer_id: str, number: int, today: datetime, chance: Random) -> Content:
    days = chance.uniform(0, _FIRST_DAYS - 1) if number % 2 else -chance.uniform(4, 28 - _FIRST_DAYS)
    at = (today + timedelta(days=days)).replace(microsecond=0)
    return Content(BILLED_METRIC, customer_id, Decimal(chance.randrange(1, 10**6)).scaleb(-3), at)


def _event(key: str, content: Content) -> Mapping[str, Any]:
    return {
        "metric": content.metric,
        "customerId": content.customer_id,
        "amount": decimal_text(content.amount),
        "timestamp": instant_text(content.occurred_at),
        "idempotencyKey": key,
    }


async def _pay(api: Api, invoice: Mapping[str, Any]) -> int:
    """All that is due, in parts; each is asked for several times at once under its key. What the answers say was paid."""
    due = int(invoice["amountDue"]["amountMinor"])
    part = math.ceil(due / _PARTS)
    paid = 0
    for number in range(_PARTS):
        amount = min(part, due - number * part)
        if amount <= 0:
            continue
        reference = f"wire-{invoice['number']}-{number}"
        body = {
            "status": "succeeded",
            "amount": {"amountMinor": amount, "currency": invoice["currency"]},
            "reference": reference,
        }
        here = f"/api/invoices/{invoice['id']}/payments"
        answers = await asyncio.gather(*(api.post(here, body, key=reference) for _ in range(_AT_ONCE)))
        if len({answer["id"] for answer in answers}) != 1:
            raise StormFailed(f"one payment became several: {answers}")
        paid += int(answers[0]["amount"]["amountMinor"])
    return paid
