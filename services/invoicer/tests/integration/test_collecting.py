"""Money that is asked for at a provider: once, whatever dies on the way, by the schedule, and with a signature that only it can make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from invoicer_billing import Billing, moment
from invoicer_log import at
from test_money import again, credit, facts, pay, status_of

from usageflow_common.clock import Clock
from usageflow_common.errors import Conflict, NotFound, StateConflict, Unavailable, ValidationFailed
from usageflow_common.http import create_app
from usageflow_invoicer.card_processor import CardProcessor
from usageflow_invoicer.domain.charging import Charge, ChargeAnswer
from usageflow_invoicer.payment_providers import HttpProvider
from usageflow_invoicer.service import settling
from usageflow_invoicer.service.collecting import Collector, collect_invoice
from usageflow_invoicer.service.dunning import dun_everywhere

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOBODY = "http://127.0.0.1:9/"


@dataclass(slots=True)
class Cards:
    """The test processor behind its adapter; counts the charges that it made."""

    processor: CardProcessor
    provider: HttpProvider
    made: list[Charge] = field(default_factory=list)
    down: bool = False
    name: str = "test_cards"

    async def charge(self, charge: Charge) -> ChargeAnswer:
        self.made.append(charge)
        if self.down:
            raise Unavailable("It is down.")
        return await self.provider.charge(charge)

    async def look_up(self, payment_id: UUID) -> ChargeAnswer | None:
        if self.down:
            raise Unavailable("It is down.")
        return await self.provider.look_up(payment_id)


class Impatient(httpx.ASGITransport):
    """Gives up, as a client over a network does, on the answer that never comes."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(0.5 if b"test_timeout" in request.content else 30):
                return await super().handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("nothing came") from error


@pytest.fixture
async def cards() -> AsyncIterator[Cards]:
    processor = CardProcessor(SECRET, NOBODY, Clock(), later_seconds=30)
    app = create_app(title="cards", checks={})
    app.include_router(processor.router())
    async with httpx.AsyncClient(
        transport=Impatient(app=app),
        base_url="http://cards/internal/card-processor/",
        headers={"Authorization": f"Bearer {SECRET}"},
    ) as http:
        yield Cards(processor, HttpProvider("test_cards", http))


def collector(billing: Billing, cards: Cards, now: str) -> Collector:
    offset = at(now) - Clock().wall()
    clock = Clock(lambda _org: offset)
    return Collector(billing.engine, {billing.org_id: billing.organization}.get, lambda _mode: cards, clock)


async def march(billing: Billing, method: str | None) -> Any:
    await billing.subscribe("c", "2026-03-01")
    [invoice] = await billing.close("2026-04-01T01:00")
    await billing.fetch("UPDATE customers SET payment_method = $2 WHERE org_id = $1", billing.org_id, method)
    return invoice


async def payments(billing: Billing) -> list[tuple[str, str | None]]:
    rows = await billing.fetch(
        "SELECT status, failure_code FROM payments WHERE org_id = $1 ORDER BY payment_id", billing.org_id
    )
    return [(row["status"], row["failure_code"]) for row in rows]


async def due_again(billing: Billing) -> None:
    await billing.fetch(
        "UPDATE payments SET ask_at = $2 WHERE org_id = $1 AND ask_at IS NOT NULL", billing.org_id, PAST
    )


PAST = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


async def collect(billing: Billing, invoice: Any, cards: Cards | None, now: str = "2026-04-02") -> Any:
    return await collect_invoice(billing.engine, billing.asker(), invoice.invoice.invoice_id, cards, moment(now))


async def test_an_issued_invoice_is_collected_by_itself_and_once(billing: Billing, cards: Cards):
    invoice = await march(billing, "test_ok")
    two = [collector(billing, cards, "2026-04-01T02:00") for _ in range(2)]
    await asyncio.gather(*(each.collect_issued() for each in two))
    await asyncio.gather(*(each.ask_providers() for each in two))
    await two[0].collect_issued()
    assert await payments(billing) == [("succeeded", None)]
    assert [(each.amount_minor, each.invoice_number) for each in cards.made] == [(10_000, "INV-000001")]
    found = await again(billing, invoice.invoice.invoice_id)
    assert (found.balance.status, found.balance.paid_at.isoformat()[:13]) == ("paid", "2026-04-01T02")
    [(kind, data)] = await facts(billing)
    assert (kind, data["payment"]["provider"], data["payment"]["method"]) == ("invoice.paid", "test_cards", "test_card")


async def test_a_declined_card_is_tried_by_the_schedule_until_another_one_pays(billing: Billing, cards: Cards):
    invoice = await march(billing, "test_declined")

    async def live(now: str) -> None:
        each = collector(billing, cards, now)
        await each.collect_issued()
        await dun_everywhere(billing.engine, each.find, each.clock, each.ask_again)
        await each.ask_providers()

    for now in ("2026-04-01T02:00", "2026-04-01T03:00", "2026-04-02T02:01", "2026-04-04T02:01", "2026-04-04T03:00"):
        await live(now)
    assert await payments(billing) == [("failed", "card_declined")] * 3
    assert await status_of(billing) == ("past_due", None)
    failed = [data for kind, data in await facts(billing) if kind == "invoice.failed"]
    assert [data["dunning"]["attempt"] for data in failed] == [1, 2, 3]
    assert {data["payment"]["failureCode"] for data in failed} == {"card_declined"}
    for now in ("2026-04-06T02:01", "2026-04-08T02:01", "2026-04-15T02:01"):
        await live(now)
    assert await status_of(billing) == ("suspended", "payment_failed")
    await billing.fetch("UPDATE customers SET payment_method = 'test_ok' WHERE org_id = $1", billing.org_id)
    await collect(billing, invoice, cards, "2026-04-16")
    await live("2026-04-16")
    assert await status_of(billing) == ("active", None)
    assert (await again(billing, invoice.invoice.invoice_id)).balance.status == "paid"
    assert len(await payments(billing)) == 6


async def test_an_answer_that_was_lost_is_looked_up_and_no_money_is_taken_twice(billing: Billing, cards: Cards):
    invoice = await march(billing, "test_timeout")
    each = collector(billing, cards, "2026-04-01T02:00")
    await each.collect_issued()
    await each.ask_providers()
    assert await payments(billing) == [("pending", None)]
    await due_again(billing)
    await each.ask_providers()
    assert await payments(billing) == [("succeeded", None)]
    assert (len(cards.made), len(cards.processor.charges)) == (1, 1)
    assert (await again(billing, invoice.invoice.invoice_id)).balance.paid_minor == 10_000


async def test_a_provider_that_was_down_is_asked_under_the_same_key(billing: Billing, cards: Cards):
    await march(billing, "test_ok")
    each = collector(billing, cards, "2026-04-01T02:00")
    cards.down = True
    await each.collect_issued()
    for _ in range(2):
        await each.ask_providers()
        await due_again(billing)
    assert await payments(billing) == [("pending", None)]
    cards.down = False
    await each.ask_providers()
    assert await payments(billing) == [("succeeded", None)]
    assert len({charge.payment_id for charge in cards.made}) == 1


async def test_while_a_charge_is_under_way_nothing_else_takes_its_place(billing: Billing, cards: Cards):
    invoice = await march(billing, "test_later")
    each = collector(billing, cards, "2026-04-01T02:00")
    await collect(billing, invoice, cards)
    await each.ask_providers()
    with pytest.raises(StateConflict):
        await collect(billing, invoice, cards)
    with pytest.raises(ValidationFailed):
        await pay(billing, invoice, 1, "wire")
    with pytest.raises(ValidationFailed):
        await credit(billing, invoice, {0: 1}, "reduce_due")
    with pytest.raises(StateConflict):
        await settling.void_invoice(
            billing.engine, billing.asker(), invoice.invoice.invoice_id, "no", moment("2026-04-02")
        )
    late = collector(billing, cards, "2026-04-20")
    await dun_everywhere(billing.engine, late.find, late.clock, late.ask_again)  # overdue, and nothing failed yet
    assert await status_of(billing) == ("active", None)
    [charge] = cards.made
    for _ in range(2):  # told twice
        await late.note_answer("test_cards", billing.org_id, charge.payment_id, ChargeAnswer("succeeded"))
    assert (await again(billing, invoice.invoice.invoice_id)).balance.paid_minor == 10_000
    assert [kind for kind, _ in await facts(billing)] == ["invoice.paid"]
    with pytest.raises(NotFound):  # of another provider
        await late.note_answer("other", billing.org_id, charge.payment_id, ChargeAnswer("failed", "x"))


async def test_a_later_decline_of_what_was_written_off_meanwhile_duns_nobody(billing: Billing, cards: Cards):
    invoice = await march(billing, "test_later_declined")
    each = collector(billing, cards, "2026-04-01T02:00")
    await collect(billing, invoice, cards)
    await each.ask_providers()
    await settling.write_off_invoice(
        billing.engine, billing.asker(), invoice.invoice.invoice_id, "gone", moment("2026-04-02")
    )
    [charge] = cards.made
    await each.note_answer("test_cards", billing.org_id, charge.payment_id, ChargeAnswer("failed", "card_declined"))
    assert await payments(billing) == [("failed", "card_declined")]
    assert await status_of(billing) == ("active", None)
    assert await facts(billing) == []


@pytest.mark.parametrize(("method", "with_provider"), [(None, True), ("test_ok", False)])
async def test_without_anything_to_collect_with_it_is_refused(
    billing: Billing, cards: Cards, method: str | None, with_provider: bool
):
    invoice = await march(billing, method)
    with pytest.raises(Conflict) as refused:
        await collect(billing, invoice, cards if with_provider else None)
    assert refused.value.code == "no_payment_provider"
    await replace(collector(billing, cards, "2026-04-02"), provider_of=lambda _mode: None).collect_issued()
    assert await payments(billing) == []
