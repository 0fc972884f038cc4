"""CloudEvents over HTTP: the same events as plain ones, with the same keys and the same hashes."""

from __future__ import annotations

import json
from typing import Any

from tracked_tenant import Tenant

from usageflow_common.ids import event_id

SINGLE = "application/cloudevents+json; charset=UTF-8"
BATCH = "application/cloudevents-batch+json"
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "7",
    "source": "/gateways/eu",
    "type": "API_CALL",
    "subject": "user_123",
    "data": {"amount": 1.50, "region": "eu"},
}
PLAIN: dict[str, Any] = {
    "metric": "API_CALL",
    "customerId": "user_123",
    "amount": "1.5",
    "idempotencyKey": "/gateways/eu#7",
    "properties": {"region": "eu"},
}


async def test_a_cloud_event_and_the_plain_event_that_says_the_same_are_one(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    first = await tenant.track(json.dumps(EVENT), Content_Type=SINGLE)
    second = await tenant.track(PLAIN)
    assert (first.status_code, first.json()) == (
        202,
        {
            "status": "accepted",
            "eventId": str(event_id(tenant.org_id, "/gateways/eu#7")),
            "idempotencyKey": "/gateways/eu#7",
        },
    )
    assert second.json() == first.json()
    one, other = await tenant.events()
    assert (one.event_id, one.payload_hash, one.amount) == (other.event_id, other.payload_hash, other.amount)


async def test_a_batch_of_cloud_events_keeps_the_good_and_names_the_bad(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    events = [
        EVENT,
        EVENT | {"id": "8", "data_base64": "AAAA"},
        7,
        EVENT | {"id": "x" * 300},
        EVENT | {"id": "9", "type": "NOBODY"},
        EVENT | {"id": "10", "data": None},
    ]
    answer = await tenant.batch(json.dumps(events), key="b", Content_Type=BATCH)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    assert [(r["index"], r["code"]) for r in answer.json()["rejected"]] == [
        (1, "malformed_event"),
        (2, "malformed_event"),
        (3, "idempotency_key_invalid"),
        (4, "unknown_metric"),
    ]
    assert [e.idempotency_key for e in await tenant.events()] == ["/gateways/eu#7", "/gateways/eu#10"]


async def test_a_refused_cloud_event_tells_its_key(tenant: Tenant) -> None:
    answer = await tenant.track(json.dumps(EVENT), key="header", Content_Type=SINGLE)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_metric")
    assert answer.json()["idempotencyKey"] == "/gateways/eu#7"


async def test_each_format_goes_where_it_belongs(tenant: Tenant) -> None:
    assert (await tenant.track(json.dumps([EVENT]), Content_Type=BATCH)).status_code == 415
    assert (await tenant.batch(json.dumps(EVENT), Content_Type=SINGLE)).status_code == 415
    for body in (EVENT, {"events": [EVENT]}, []):
        answer = await tenant.batch(json.dumps(body), Content_Type=BATCH)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "")
    assert (await tenant.batch("[", Content_Type=BATCH)).status_code == 400
    assert (await tenant.batch("[" + "1," * 10_000 + "1]", Content_Type=BATCH)).status_code == 413


async def test_plain_and_cloud_events_may_meet_at_the_gateway(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    items = [
        {"contentType": kind, "idempotencyKey": f"k-{n}", "requestId": f"req_{n}", "body": json.dumps(body)}
        for n, (kind, body) in enumerate(
            [(SINGLE, EVENT), ("application/json", PLAIN), (SINGLE, PLAIN), (BATCH, [EVENT])]
        )
    ]
    answers = (await tenant.client.post("/internal/track", json=items, headers=tenant.headers())).json()
    assert [answer["status"] for answer in answers] == [202, 202, 422, 415]
    assert answers[0]["body"] == answers[1]["body"]
    assert answers[2]["body"]["code"] == "malformed_event"
