"""`usageflow demo`: tells the story from the first call to the webhook, and fails when one figure differs."""

from __future__ import annotations

import contextlib
import json
import queue
import time
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from usageflow import Options, Undelivered, UsageFlow, UsageFlowError
from usageflow_cli.api import Api, Connection, Misused, Refused, Unreachable
from usageflow_cli.connection import find_connection
from usageflow_cli.demo.narration import Narration
from usageflow_cli.demo.story import BASE_MINOR, CALLS, CALLS_ONE_BY_ONE, METRIC, TOTAL_MINOR, USAGE_MINOR, Story
from usageflow_cli.developers import verified
from usageflow_cli.receiver import Delivery, Receiver
from usageflow_cli.tables import amount_text, explanation_table, invoice_table, verification_table

WAIT_SECONDS = 90.0
R = TypeVar("R")


class Missing(Exception):
    """Something that must be there is not, so the story cannot go on."""


def demo(
    receiver_host: Annotated[
        str, typer.Option("--receiver-host", help="The address of this machine on which the demo takes webhooks.")
    ] = "127.0.0.1",
) -> None:
    """Play the worked example against a running installation: 12,000 calls, sent twice, become one proved invoice of 120.00 USD."""
    narration, story, connection = Narration(), Story.begin(), find_connection()
    with Api(connection) as api, Receiver(host=receiver_host) as receiver:
        endpoint = api.post(
            "/api/webhooks/endpoints", {"url": receiver.url, "eventTypes": ["invoice.created", "invoice.paid"]}
        )
        try:
            narration.chapter("A receiver, a metric, a plan, a customer")
            narration.tell(
                f"webhook endpoint {endpoint['id']} points at {receiver.url}, a receiver that this demo runs"
            )
            plan = prepare(narration, api, story)
            send(narration, api, connection, story)
            subscription = subscribe(narration, api, story, plan["id"])
            invoice = close(narration, api, story, subscription["id"])
            prove(narration, api, invoice)
            deliver(narration, api, receiver, endpoint, invoice)
            pay(narration, api, story, invoice)
        except (Missing, Refused) as failure:
            narration.differ(str(failure))
        finally:
            with contextlib.suppress(Refused, Unreachable):
                api.delete(f"/api/webhooks/endpoints/{endpoint['id']}")
    if not narration.conclude():
        raise typer.Exit(1)


def prepare(narration: Narration, api: Api, story: Story) -> Any:
    """A metric, a plan and a customer; returns the plan."""
    ensure_metric(narration, api)
    plan = api.post("/api/plans", story.plan())
    narration.tell(f"plan {plan['code']}: 100.00 USD a month, 10,000 calls included, 0.01 USD each above")
    customer = api.post(
        "/api/customers", {"customerId": story.customer_id, "name": "Example Ltd", "email": "billing@example.com"}
    )
    narration.tell(f"customer {customer['customerId']}")
    return plan


def ensure_metric(narration: Narration, api: Api) -> None:
    """The metric is shared by all tellings: made by the first one."""
    try:
        api.post("/api/metrics", {"code": METRIC, "name": "API calls", "unit": "call", "aggregation": "SUM"})
        narration.tell(f"metric {METRIC}: the sum of the amounts")
    except Refused as refusal:
        if refusal.code != "already_exists":
            raise
        narration.tell(f"metric {METRIC} exists already")


def send(narration: Narration, api: Api, connection: Connection, story: Story) -> None:
    """12,000 calls, twice; then the usage query must say 12,000."""
    narration.chapter(f"{CALLS:,} calls, all of them sent twice")
    begun = time.monotonic()
    for turn in ("first", "second"):
        accepted = send_batched(connection, story)
        if accepted != len(story.batched()):
            narration.expect("events accepted in batches", accepted, len(story.batched()))
        for call in story.singles():
            api.post_raw("/api/track", _json(call), "application/json")
        narration.tell(
            f"{turn} time: {accepted:,} in batches by the client library, the last {CALLS_ONE_BY_ONE} one by one"
        )
    narration.tell(f"{2 * CALLS:,} events acknowledged by Kafka in {time.monotonic() - begun:.1f} s")

    def counted() -> Any:
        usage = api.get(
            "/api/usage", metric=METRIC, customerId=story.customer_id, **{"from": story.start_at, "to": story.until}
        )
        return usage if usage["total"]["eventCount"] >= CALLS else None

    usage = wait_for("all calls to be counted", counted)
    narration.expect("usage, each call once", usage["total"]["value"], str(CALLS))
    narration.expect("events counted", usage["total"]["eventCount"], CALLS)


def send_batched(connection: Connection, story: Story) -> int:
    """All calls but the last hundred, as a product backend would send them; how many were accepted."""
    options = Options(trust_env=False)
    try:
        with UsageFlow(connection.url, connection.api_key, options=options) as usage:
            for number in story.batched():
                usage.track(METRIC, story.customer_id, timestamp=story.called_at, idempotency_key=story.key(number))
            usage.flush(WAIT_SECONDS)
            return usage.counters.accepted
    except Undelivered as error:
        raise Unreachable(str(error)) from error
    except UsageFlowError as error:
        raise Misused(str(error)) from error


def subscribe(narration: Narration, api: Api, story: Story, plan_id: str) -> Any:
    """A subscription whose first period is already over."""
    narration.chapter("A subscription whose first month is already over")
    body = {"customerId": story.customer_id, "planId": plan_id, "startAt": story.start_at}
    subscription = api.post("/api/subscriptions", body)
    narration.tell(f"{subscription['id']} started {subscription['startAt']}")
    return subscription


def close(narration: Narration, api: Api, story: Story, subscription_id: str) -> Any:
    """Close the month behind the barrier; returns the invoice with its lines."""
    narration.chapter("Close the month, behind a barrier of markers")
    run = api.post("/api/billing-runs", {"subscriptionIds": [subscription_id]})

    def completed() -> Any:
        found = api.get(f"/api/billing-runs/{run['id']}")
        return found if found["status"] in {"completed", "failed"} else None

    run = wait_for("the billing run", completed)
    narration.expect("billing run", run["status"], "completed")
    narration.expect("failures", run["failures"], [])
    for partition in run["barrier"]:
        state = "reached" if partition["reached"] else "not reached"
        narration.tell(f"partition {partition['partition']}: marker at offset {partition['markerOffset']}, {state}")

    def issued() -> Any:
        found = api.get("/api/invoices", customerId=story.customer_id)["data"]
        return [invoice for invoice in found if invoice["number"] is not None] or None

    invoices = wait_for("the invoice", issued)
    narration.expect("invoices of this customer", len(invoices), 1)
    invoice = api.get(f"/api/invoices/{invoices[0]['id']}")
    narration.show(invoice_table(invoice))
    narration.expect(
        "base", [line["amount"]["amountMinor"] for line in invoice["lines"] if line["kind"] == "base"], [BASE_MINOR]
    )
    narration.expect(
        "usage", [line["amount"]["amountMinor"] for line in invoice["lines"] if line["kind"] == "usage"], [USAGE_MINOR]
    )
    narration.expect("total", amount_text(invoice["total"]), "120.00 USD")
    return invoice


def prove(narration: Narration, api: Api, invoice: Any) -> None:
    """Explain the usage line, show the evidence, verify from raw events."""
    narration.chapter("Explain the line, prove the invoice")
    path = f"/api/invoices/{invoice['id']}"
    line = next((line for line in invoice["lines"] if line["kind"] == "usage"), None)
    if line is None:
        raise Missing("the invoice has no usage line")
    explanation = api.get(f"{path}/lines/{line['id']}/explain")
    narration.show(explanation_table(explanation))
    narration.expect("recomputed amount equals the line", explanation["matches"], True)
    evidence = invoice["evidence"]
    narration.tell(f"markers {evidence['markers']}, cut {evidence['cut']}")
    markers_below_cut = all(offset < evidence["cut"][partition] for partition, offset in evidence["markers"].items())
    narration.expect("every marker lies below the cut", markers_below_cut, True)
    narration.expect("events behind the line", line["eventCount"], CALLS)
    narration.tell(f"digest {line['digest']}")
    narration.tell(f"invoice hash {evidence['hash']}, after {evidence['previousHash']}")
    report = verified(api, invoice["id"])
    narration.show(verification_table(report))
    narration.expect("verification", report["status"], "passed")
    narration.expect("events recomputed", report["checkedEvents"], CALLS)


def deliver(narration: Narration, api: Api, receiver: Receiver, endpoint: Any, invoice: Any) -> None:
    """The webhook as it was received, and the attempt as it was logged."""
    narration.chapter("The webhook, as the receiver got it")
    delivery = wait_for("the webhook", lambda: next_delivery(receiver, "invoice.created", invoice["id"]))
    data = delivery.event()["data"]["invoice"]
    narration.tell(f"{delivery.webhook_id} at {delivery.headers['webhook-timestamp']}, {len(delivery.body)} bytes")
    narration.expect(
        "signature, by the public standardwebhooks library", delivery.signed_with(endpoint["secret"]), True
    )
    narration.expect("its id", delivery.event()["id"], delivery.webhook_id)
    narration.expect("its total", amount_text(data["total"]), "120.00 USD")
    narration.expect("its total in minor units", data["total"]["amountMinor"], TOTAL_MINOR)

    def logged() -> Any:
        return api.get("/api/webhooks/deliveries", endpointId=endpoint["id"])["data"] or None

    attempts = wait_for("the logged delivery", logged)
    narration.expect(
        "logged delivery",
        (attempts[-1]["outcome"], attempts[-1]["statusCode"], attempts[-1]["attempt"]),
        ("succeeded", 204, 1),
    )


def pay(narration: Narration, api: Api, story: Story, invoice: Any) -> None:
    """Record the payment."""
    narration.chapter("Pay it")
    body = {"status": "succeeded", "amount": invoice["total"], "reference": f"wire-{story.mark}"}
    payment = api.post(f"/api/invoices/{invoice['id']}/payments", body)
    narration.expect("payment", payment["status"], "succeeded")
    paid = api.get(f"/api/invoices/{invoice['id']}")
    narration.expect("invoice", (paid["status"], paid["amountDue"]["amountMinor"]), ("paid", 0))


def next_delivery(receiver: Receiver, kind: str, invoice_id: str) -> Delivery | None:
    """The delivery of this fact, if it has come."""
    try:
        delivery = receiver.deliveries.get(timeout=0.5)
    except queue.Empty:
        return None
    event = delivery.event()
    return delivery if event["type"] == kind and event["data"]["invoice"]["id"] == invoice_id else None


def wait_for(what: str, ready: Callable[[], R | None]) -> R:
    """Ask until there is an answer; Missing after a minute and a half."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = ready()
        if found is not None:
            return found
        time.sleep(0.1)
    raise Missing(f"{what}: still waiting after {WAIT_SECONDS:.0f} s")


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
