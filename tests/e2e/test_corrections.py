"""What was sent wrongly, as a customer puts it right: events, whole backfills, and the invoices that came of them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from corrected import Correcting
from tenant import ensure_metric, eventually, text
from test_tenants import client_of, known, make_key, neighbour  # noqa: F401 - a fixture

PRICES = {
    "interval": "day",
    "intervalCount": 1,
    "basePrice": "10.00",
    "billing": "arrears",
    "charges": [
        {"metric": "API_CALL", "name": "API calls", "model": "per_unit", "unitPrice": "1", "includedUnits": "0"}
    ],
}


@pytest.fixture
async def customer(http):
    tenant = Correcting(http)
    await ensure_metric(tenant)
    return tenant


async def test_a_voided_event_is_used_no_more_and_its_key_stays_used(customer):
    await customer.track(range(3))
    await customer.counted(3)
    event = f"/api/events/{await customer.event_id(0)}"

    answer = await customer.answer(f"{event}/void", {"reason": "sent by mistake"})

    assert (answer.status_code, answer.json()["corrections"][0]["pending"]) == (202, True)
    span = customer.today - timedelta(days=32), customer.today
    await customer.amounts_to("2", *span)
    await customer.track(range(3))
    await customer.all_counted()
    assert await customer.amount(*span) == "2"
    again = await customer.answer(f"{event}/void", {"reason": "again"})
    assert (again.status_code, again.json()["currentStatus"]) == (409, "voided")


async def test_an_amended_event_counts_in_its_new_window_with_its_new_amount(customer):
    await customer.track(range(2))
    await customer.counted(2)
    event = f"/api/events/{await customer.event_id(1)}"
    moved = customer.calls_began_at + timedelta(days=5)

    answer = await customer.answer(
        f"{event}/amend", {"amount": "5", "timestamp": text(moved), "reason": "a wrong clock"}, If_Match='"1"'
    )

    assert answer.status_code == 202, answer.text
    hour = timedelta(hours=1)
    await customer.amounts_to("5", moved, moved + hour)
    assert await customer.amount(customer.calls_began_at, customer.calls_began_at + hour) == "1"
    stale = await customer.answer(f"{event}/amend", {"amount": "6", "reason": "late"}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")


async def test_an_event_voided_in_advance_never_counts(customer):
    event = f"/api/events/{await customer.event_id(7)}"
    refused = await customer.answer(f"{event}/void", {"reason": "not yet"})
    assert (refused.status_code, refused.json()["code"]) == (409, "event_not_counted_yet")
    forced = {"reason": "a test machine", "force": True, "customerId": customer.customer_id}
    assert (await customer.answer(f"{event}/void", forced)).status_code == 202

    await customer.track([7, 8])
    await customer.counted(1)

    await customer.all_counted()
    assert (await customer.usage())["value"] == "1"


@pytest.mark.timeout(300)
async def test_what_is_voided_after_the_invoice_is_credited_on_the_next_one(customer):
    plan = {"code": f"DAY-{customer.mark}", "name": "Day", "currency": "USD", "publish": True, "draft": PRICES}
    plan_id = (await customer.post("/api/plans", plan))["id"]
    await customer.post("/api/customers", {"customerId": customer.customer_id, "name": "Example Ltd"})
    used_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2) + timedelta(hours=6)
    await customer.post(
        "/api/track/batch", {"events": [customer.call(number, timestamp=text(used_at)) for number in range(5)]}
    )
    span = used_at - timedelta(hours=1), used_at + timedelta(hours=1)
    await customer.amounts_to("5", *span)
    # Two days have ended. The second one a moment ago: it is due once the grace is over, or when somebody does not wait for that.
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2, minutes=5)
    body = {"customerId": customer.customer_id, "planId": plan_id, "startAt": text(start)}
    subscription = await customer.post("/api/subscriptions", body)
    await close(customer, subscription["id"], ignore_grace=False)
    [first] = await customer.invoices()
    assert first["total"]["amountMinor"] == 1_500

    assert (await customer.answer(f"/api/events/{await customer.event_id(2)}/void", {"reason": "r"})).status_code == 202
    await customer.amounts_to("4", *span)
    await close(customer, subscription["id"], ignore_grace=True)
    second = await eventually("the second invoice", lambda: invoice_after(customer, first))

    lines = [(line["kind"], line["amount"]["amountMinor"]) for line in second["lines"]]
    assert lines == [("base", 1_000), ("usage", 0), ("adjustment", -100)]
    for invoice in (second, first):
        report = await customer.verified(invoice["id"])
        assert report["status"] == "passed", report


async def close(customer, subscription_id, *, ignore_grace):
    body = {"subscriptionIds": [subscription_id], "ignoreGrace": ignore_grace}
    return await customer.completed_run((await customer.post("/api/billing-runs", body))["id"])


async def invoice_after(customer, first):
    later = [invoice for invoice in await customer.invoices() if invoice["id"] != first["id"]]
    return await customer.get(f"/api/invoices/{later[0]['id']}") if later else None


@pytest.mark.timeout(300)
async def test_a_backfill_counts_what_is_older_than_anything_else_until_it_is_reverted(customer):
    start = customer.today - timedelta(days=100)
    span = start, start + timedelta(days=10)
    backfill = await customer.open_backfill(*span)
    path = f"/api/backfills/{backfill['id']}"
    old = [customer.call(number, timestamp=text(start + timedelta(days=number % 10))) for number in range(40)]
    ordinary = await customer.answer("/api/track/batch", {"events": old[:1]})
    assert (ordinary.status_code, ordinary.json()["rejected"][0]["code"]) == (422, "timestamp_too_old")

    sent = await customer.answer(f"{path}/events", {"events": [*old, customer.call(99)]})

    assert (sent.status_code, sent.json()["accepted"], sent.json()["rejected"][0]["code"]) == (
        202,
        40,
        "timestamp_in_future",
    )
    await customer.amounts_to("40", *span)
    assert (await customer.get(path))["countedEvents"] == 40

    late = asyncio.Event()

    async def lines():
        # So many that they are counted while the request goes on.
        for number in range(1_000, 2_000):
            yield line(customer.call(number, timestamp=text(start)))
        await late.wait()
        yield line(customer.call(2_000, timestamp=text(start)))

    headers = {"Content-Type": "application/x-ndjson"}
    streaming = asyncio.create_task(customer.http.post(f"{path}/events", content=lines(), headers=headers))
    await customer.amounts_to("1040", *span)
    await customer.post(f"{path}/revert", {"reason": "it was the wrong month"})
    late.set()
    assert (await streaming).json()["accepted"] == 1_001
    await customer.amounts_to("0", *span)
    await customer.all_counted()

    assert await customer.amount(*span) == "0"
    reverted = await customer.get(path)
    assert (reverted["status"], reverted["countedEvents"] - reverted["revertedEvents"]) == ("reverted", 0)
    refused = await eventually("the gateway to know", lambda: refusal(customer, path))
    assert (refused["code"], refused["currentStatus"]) == ("state_conflict", "reverted")


def line(event):
    return json.dumps(event).encode() + b"\n"


async def refusal(customer, path):
    answer = await customer.answer(f"{path}/events", {"events": [customer.call(60)]})
    return answer.json() if answer.status_code == 409 else None


async def test_neither_a_neighbour_nor_a_reader_corrects_anything(system, customer, neighbour):  # noqa: F811 - the fixture
    await customer.track([0])
    await customer.counted(1)
    event = f"/api/events/{await customer.event_id(0)}"
    start = customer.today - timedelta(days=100)
    backfill = f"/api/backfills/{(await customer.open_backfill(start, start + timedelta(days=1)))['id']}"
    async with client_of(system, neighbour["secret"]) as stranger:
        await known(stranger)
        other = Correcting(stranger)
        assert (await other.answer(f"{event}/void", {"reason": "r"})).json()["code"] == "event_not_counted_yet"
        for path, body in (
            (f"{backfill}/events", {"events": [other.call(0)]}),
            (f"{backfill}/close", {}),
            (f"{backfill}/revert", {"reason": "r"}),
        ):
            answer = await other.answer(path, body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        assert (await stranger.get("/api/backfills")).json()["data"] == []
    organization = (await customer.get("/api/organization"))["id"]
    for scopes in ("events:read,usage:read", "track:write"):
        async with client_of(system, (await make_key(system, organization, scopes))["secret"]) as reader:
            await refused_everywhere(Correcting(reader), event, backfill)
    assert (await customer.usage())["value"] == "1"


async def refused_everywhere(reader, event, backfill):
    async def known_key():
        answer = await reader.answer(f"{event}/void", {"reason": "r"})
        return None if answer.status_code == 401 else answer

    answer = await eventually("the key", known_key)
    assert (answer.status_code, answer.json()["requiredScope"]) == (403, "events:write")
    for path in ("/api/backfills", f"{backfill}/events", f"{backfill}/revert"):
        assert (await reader.answer(path, {})).status_code == 403, path
