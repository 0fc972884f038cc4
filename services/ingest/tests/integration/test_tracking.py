"""Sending events: a 202 is a promise about Kafka, and every refusal is named."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tracked_tenant import KEY_ID, Tenant, announce, read_all

from usageflow_common.ids import event_id, event_names
from usageflow_common.kafka import Bus, Producer
from usageflow_common.records import ClockRecord, UsageEvent
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.organizations import organization_record
from usageflow_common.topics import CLOCKS_CHANGED, EVENTS_RAW, ORGANIZATIONS_CHANGED, tenant_key
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX

EVENT = {"metric": "API_CALL", "customerId": "user_123"}


async def test_a_202_means_that_kafka_has_the_event(tenant: Tenant) -> None:
    metric = await tenant.metric("API_CALL")
    sent = '{"metric":"API_CALL","amount":1.50,"customerId":"user_123","properties":{"region":"eu","n":1.10}}'
    answer = await tenant.track(sent, key="call-1")
    expected = event_id(tenant.org_id, "call-1")
    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "accepted", "eventId": str(expected), "idempotencyKey": "call-1"},
    )
    [event] = await tenant.events()
    assert isinstance(event, UsageEvent)
    assert event.event_id == expected
    assert f"met_{event.metric_ids[0].hex}" == metric["id"]
    assert (event.amount, event.api_key_id, event.occurred_at_given) == ("1.5", KEY_ID, False)
    assert {name: str(value) for name, value in event.properties.items()} == {"region": "eu", "n": "1.1"}


async def test_a_retry_is_the_same_event_and_the_same_answer(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    first = await tenant.track(EVENT, key="again")
    second = await tenant.track(EVENT, key="again")
    assert first.content == second.content
    one, two = await tenant.events()
    assert (one.event_id, one.payload_hash) == (two.event_id, two.payload_hash)


async def test_the_fields_key_wins_and_without_any_one_is_made(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    own = await tenant.track(EVENT | {"idempotencyKey": "own"}, key="header")
    assert own.json()["idempotencyKey"] == "own"
    made = await tenant.track(EVENT)
    assert UUID(made.json()["idempotencyKey"])
    assert made.json()["eventId"] == str(event_id(tenant.org_id, made.json()["idempotencyKey"]))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"metric":"API_CALL"', 400, "malformed_request"),
        (b'{"metric":"API_CALL","customerId":"a","amount":NaN}', 400, "malformed_request"),
        (b'{"metric":"API_CALL","metric":"B","customerId":"a"}', 400, "malformed_request"),
        (b'\xef\xbb\xbf{"metric":"API_CALL","customerId":"a"}', 400, "malformed_request"),
        (b'{"metric":"\xff","customerId":"a"}', 400, "malformed_request"),
        (b"", 400, "malformed_request"),
        (b"[]", 422, "malformed_event"),
        (b'{"metric":"API_CALL","customerId":"a","amount":1e400000}', 422, "amount_out_of_range"),
        (b'{"metric":"API_CALL","customerId":"a\\u0000"}', 422, "customer_id_invalid"),
        (b'{"metric":"API_CALL","customerId":"a","colour":1}', 422, "unknown_field"),
        (b'{"metric":"NOBODY","customerId":"a"}', 422, "unknown_metric"),
        (b'{"metric":"API_CALL","customerId":"a","timestamp":"2020-01-01T00:00:00Z"}', 422, "timestamp_too_old"),
        (b'{"metric":"API_CALL","customerId":"a","timestamp":"2999-01-01T00:00:00Z"}', 422, "timestamp_in_future"),
        (b'{"metric":"API_CALL","customerId":"' + b"a" * 17_000 + b'"}', 413, "body_too_large"),
    ],
)
async def test_a_bad_event_is_refused_with_its_code_and_its_key(
    tenant: Tenant, body: bytes, status: int, code: str
) -> None:
    await tenant.metric("API_CALL")
    answer = await tenant.track(body, key="bad-1")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["idempotencyKey"]) == (status, code, "bad-1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert await tenant.events() == []


async def test_who_may_not_send_is_told_why(tenant: Tenant) -> None:
    tenant.scopes = ("events:read",)
    refused = await tenant.track(EVENT, key="k")
    assert (refused.status_code, refused.json()["requiredScope"]) == (403, "track:write")
    anonymous = await tenant.client.post("/api/track", json=EVENT)
    assert anonymous.status_code == 401
    tenant.scopes = ("track:write",)
    assert (await tenant.track("x", key="k", Content_Type="text/plain")).status_code == 415
    assert (await tenant.track("x", key="k", Content_Type="application/x-ndjson")).status_code == 415
    assert (await tenant.client.get("/api/track")).status_code == 405


async def test_an_organization_that_is_not_known_yet_is_503(
    client: httpx.AsyncClient, token_keys: TokenKeys, bus: Bus
) -> None:
    stranger = Tenant(client, token_keys, bus)
    answer = await stranger.track(EVENT, key="early")
    assert (answer.status_code, answer.json()["idempotencyKey"]) == (503, "early")
    assert answer.headers["retry-after"] == "1"


async def test_a_batch_keeps_the_good_and_names_the_bad(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    good = json.dumps(EVENT)
    events = [
        good,
        '{"metric":"API_CALL","customerId":"a","amount":"x"}',
        '{"metric":"NOBODY","customerId":"a"}',
        "7",
        good,
    ]
    answer = await tenant.batch('{"events":[' + ",".join(events) + "]}", key="batch-7")
    assert answer.status_code == 202
    body = answer.json()
    assert (body["status"], body["idempotencyKey"], body["accepted"], body["rejectedCount"]) == (
        "accepted",
        "batch-7",
        2,
        3,
    )
    assert [(r["index"], r["code"]) for r in body["rejected"]] == [
        (1, "amount_invalid"),
        (2, "unknown_metric"),
        (3, "malformed_event"),
    ]
    assert body["rejected"][1]["detail"] == "No metric counts NOBODY."
    names = event_names(tenant.org_id)
    assert {str(e.event_id) for e in await tenant.events()} == {names.of_place("batch-7", n) for n in (0, 4)}
    assert {e.idempotency_key for e in await tenant.events()} == {"batch-7:0", "batch-7:4"}


async def test_a_batch_without_a_good_event_is_422(tenant: Tenant) -> None:
    answer = await tenant.batch({"events": [{"metric": "NOBODY", "customerId": "a"}]}, key="b")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["rejectedCount"]) == (422, "all_events_rejected", 1)
    assert problem["rejected"][0]["code"] == "unknown_metric"
    assert "resumeFrom" not in problem


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("[]", "application/json", 422, "validation_failed"),
        ('{"events":[]}', "application/json", 422, "validation_failed"),
        ('{"events":[{}],"x":1}', "application/json", 422, "validation_failed"),
        ("", "application/json", 400, "malformed_request"),
        ("\n\n", "application/x-ndjson", 422, "validation_failed"),
        ("{}", "text/csv", 415, "unsupported_media_type"),
        ('{"events":[' + "1," * 10_000 + "1]}", "application/json", 413, "body_too_large"),
        (" " * (8 * 2**20 + 1), "application/json", 413, "body_too_large"),
    ],
)
async def test_a_batch_that_is_none_is_refused(
    tenant: Tenant, body: str, content_type: str, status: int, code: str
) -> None:
    answer = await tenant.batch(body, key="b", Content_Type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_lines_of_any_number_are_taken_in_parts(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    lines = [json.dumps(EVENT | {"idempotencyKey": f"call-{n}"}) for n in range(2_500)]
    lines[7] = "{broken"
    lines[1_700] = json.dumps(EVENT | {"properties": {"a": "x" * 20_000}})
    body = "\n\n".join(lines).encode()
    answer = await tenant.batch(
        gzip.compress(body), key="file", Content_Type="application/x-ndjson", Content_Encoding="gzip"
    )
    assert answer.status_code == 202
    summary = answer.json()
    assert (summary["accepted"], summary["rejectedCount"]) == (2_498, 2)
    assert [(r["index"], r["code"]) for r in summary["rejected"]] == [
        (7, "malformed_event"),
        (1_700, "event_too_large"),
    ]


async def test_a_stream_that_breaks_off_says_where_to_resume(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    lines = [json.dumps(EVENT | {"idempotencyKey": f"call-{n}"}) for n in range(1_500)]
    broken = gzip.compress("\n".join(lines).encode())[:-8]
    headers = {"Content_Type": "application/x-ndjson", "Content_Encoding": "gzip"}
    answer = await tenant.batch(broken, key="file", **headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["resumeFrom"]) == (400, "malformed_request", 1_000)
    assert problem["idempotencyKey"] == "file"
    assert len(await tenant.events()) == 1_000


async def test_events_of_a_customer_stay_together_unless_the_organization_is_spread(
    tenant: Tenant, bus: Bus, producer: Producer
) -> None:
    await tenant.metric("API_CALL")
    events = [EVENT | {"idempotencyKey": f"s-{n}"} for n in range(64)]
    await tenant.batch({"events": events})
    assert len({p for p, e in await read_all(bus, EVENTS_RAW) if e.org_id == tenant.org_id}) == 1
    hot = organization_record(tenant.org_id, spread=16, version=2)
    await announce(producer, ORGANIZATIONS_CHANGED, tenant_key(tenant.org_id), hot)
    await _until_read(tenant)
    again = await tenant.batch({"events": events})
    assert again.status_code == 202
    assert len({p for p, e in await read_all(bus, EVENTS_RAW) if e.org_id == tenant.org_id}) == bus.partitions(
        EVENTS_RAW
    )


async def _until_read(tenant: Tenant) -> None:
    """An organization that is unknown makes ingest read the topic to its end."""
    stranger = Tenant(tenant.client, tenant.keys, tenant.bus)
    assert (await stranger.track(EVENT)).status_code == 503


async def test_a_test_organizations_clock_moves_its_event_times_alone(tenant: Tenant, producer: Producer) -> None:
    await tenant.metric("API_CALL")
    back = timedelta(days=300)
    clock = ClockRecord(org_id=tenant.org_id, offset_microseconds=-int(back.total_seconds()) * 1_000_000, version=1)
    await announce(producer, CLOCKS_CHANGED, tenant_key(tenant.org_id), clock)
    then = (datetime.now(UTC) - back).isoformat()

    async def accepted() -> bool:
        return (await tenant.track(EVENT | {"timestamp": then}, key="then")).status_code == 202

    await eventually(accepted)
    assert (await tenant.track(EVENT | {"timestamp": datetime.now(UTC).isoformat()}, key="now")).status_code == 422
    await tenant.track(EVENT, key="default")
    event = next(e for e in await tenant.events() if e.idempotency_key == "default")
    assert event.received_at - event.occurred_at == back


async def test_events_that_met_at_the_gateway_are_answered_one_by_one(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")

    def item(key: str, body: object, content_type: str = "application/json") -> dict[str, Any]:
        text = body if isinstance(body, str) else json.dumps(body)
        return {"contentType": content_type, "idempotencyKey": key, "requestId": f"req_{key}", "body": text}

    items = [
        item("a", EVENT),
        item("b", EVENT | {"idempotencyKey": "own"}),
        item("c", "{broken"),
        item("d", EVENT | {"amount": "x"}),
        item("e", EVENT, "text/plain"),
        item("f", EVENT | {"properties": {"a": "x" * 20_000}}),
    ]
    answer = await tenant.client.post("/internal/track", json=items, headers=tenant.headers())
    assert answer.status_code == 200
    assert [each["status"] for each in answer.json()] == [202, 202, 400, 422, 415, 413]
    bodies = [each["body"] for each in answer.json()]
    assert bodies[0] == {"status": "accepted", "eventId": str(event_id(tenant.org_id, "a")), "idempotencyKey": "a"}
    assert bodies[1]["idempotencyKey"] == "own"
    assert [b["code"] for b in bodies[2:]] == [
        "malformed_request",
        "amount_invalid",
        "unsupported_media_type",
        "body_too_large",
    ]
    assert [(b["requestId"], b["instance"], b["idempotencyKey"]) for b in bodies[2:4]] == [
        ("req_c", "/api/track", "c"),
        ("req_d", "/api/track", "d"),
    ]
    assert len(await tenant.events()) == 2


async def test_no_event_that_met_others_at_the_gateway_takes_them_with_it(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    monsters = [
        '{"metric":"API_CALL","customerId":"a","amount":1e99999999999999999999}',
        '{"metric":"API_CALL","customerId":"a","amount":' + "9" * 10_000 + "}",
        '{"metric":"API_CALL","customerId":"a","properties":' + '{"a":' * 990 + "1" + "}" * 991,
        '{"metric":"API_CALL","customerId":"\\ud800"}',
        '{"metric":"API_CALL","customerId":"\x00"}',
        "\ufeff{}",
        "",
    ]
    bodies = [json.dumps(EVENT), *monsters, json.dumps(EVENT)]
    items = [
        {"contentType": "application/json", "idempotencyKey": f"k-{n}", "requestId": f"req_{n}", "body": body}
        for n, body in enumerate(bodies)
    ]
    answer = await tenant.client.post("/internal/track", json=items, headers=tenant.headers())
    assert answer.status_code == 200
    statuses = [each["status"] for each in answer.json()]
    assert statuses[0] == statuses[-1] == 202
    assert set(statuses[1:-1]) <= {400, 422}
    assert [event.idempotency_key for event in await tenant.events()] == ["k-0", f"k-{len(bodies) - 1}"]


async def test_a_stream_of_the_largest_events_fits_through_the_queue_to_kafka(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    filling = {f"p{n}": "x" * 315 for n in range(49)}
    short = json.dumps(EVENT | {"properties": filling | {"last": ""}})
    line = json.dumps(EVENT | {"properties": filling | {"last": "x" * (EVENT_BYTES_MAX - len(short))}}).encode()
    assert len(line) == EVENT_BYTES_MAX
    answer = await tenant.batch(b"\n".join([line] * 1_100), key="large", Content_Type="application/x-ndjson")
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1_100)


async def test_a_micro_batch_that_is_none_is_400(tenant: Tenant) -> None:
    for body in ("{}", "[1]", "[", '[{"body":"x"}]'):
        answer = await tenant.client.post("/internal/track", content=body, headers=tenant.headers())
        assert answer.status_code == 400
