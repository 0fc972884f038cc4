"""Bodies that nobody should send, to every route and in every format: a problem each, never a defect, never a lost neighbour."""

from __future__ import annotations

import gzip
import json
from typing import Any

import cramjam
import pytest
from tracked_tenant import Tenant

GOOD = {"metric": "API_CALL", "customerId": "user_123"}
CLOUD = {"specversion": "1.0", "source": "/a", "type": "API_CALL", "subject": "user_123"}
DEEP = b"[" * 5_000 + b"]" * 5_000

VALUES: dict[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "a number": b"7",
    "a fraction": b"1.5",
    "a huge exponent": b"1e99999999999999999999",
    "many digits": b"9" * 5_000,
    "a text": b'"x"',
    "an empty text": b'""',
    "a long text": b'"' + b"x" * 5_000 + b'"',
    "an escaped NUL": b'"a\\u0000b"',
    "a list": b"[1,2]",
    "a deep list": b"[" * 500 + b"]" * 500,
    "an object": b'{"a":{"b":[null]}}',
}
"""Valid JSON, each given as every field in turn."""

BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "an opened object": b"{",
    "a comma": b'{"metric":"API_CALL",}',
    "NaN": b'{"metric":"API_CALL","customerId":"a","amount":NaN}',
    "Infinity": b'{"metric":"API_CALL","customerId":"a","amount":-Infinity}',
    "a raw NUL": b'{"metric":"API_\x00CALL","customerId":"a"}',
    "a cut UTF-8 sequence": b'{"metric":"API_CALL","customerId":"\xe2\x82"}',
    "UTF-16": '{"metric":"API_CALL"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a key twice": b'{"metric":"API_CALL","customerId":"a","customerId":"b"}',
    "half a surrogate pair": b'{"metric":"API_CALL","customerId":"\\ud800"}',
    "deep nesting": b'{"properties":' + DEEP + b"}",
    "bytes": bytes(range(256)),
    "gzip that nobody announced": gzip.compress(b"{}"),
}
"""What is no JSON, or not one JSON."""

FIELDS = ("metric", "amount", "customerId", "timestamp", "idempotencyKey", "properties", "unknown")
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data", "data_base64")


def with_field(whole: dict[str, Any], field: str, value: bytes) -> bytes:
    members = {name: json.dumps(inner).encode() for name, inner in whole.items()} | {field: value}
    return b"{" + b",".join(b'"' + name.encode() + b'":' + inner for name, inner in members.items()) + b"}"


PLAIN_EVENTS = [with_field(GOOD, field, value) for field in FIELDS for value in VALUES.values()]
CLOUD_EVENTS = [with_field(CLOUD | {"id": "1"}, name, value) for name in ATTRIBUTES for value in VALUES.values()]


async def test_no_value_of_a_field_takes_its_neighbours_with_it(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    good = json.dumps(GOOD).encode()
    lines = [line for event in PLAIN_EVENTS for line in (event, good)]
    for kind, body in (
        ("application/json", b'{"events":[' + b",".join(lines) + b"]}"),
        ("application/x-ndjson", b"\r\n".join(lines)),
    ):
        answer = await tenant.batch(body, key=kind, Content_Type=kind)
        refused = {each["index"] for each in answer.json()["rejected"]}
        assert answer.status_code == 202
        assert not any(index % 2 for index in refused)
        assert len(refused) > len(PLAIN_EVENTS) / 2


async def test_no_broken_line_takes_its_neighbours_with_it(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    good = json.dumps(GOOD).encode()
    broken = [line for line in BROKEN.values() if line and b"\n" not in line]
    body = b"\n".join([good, *(line for bad in broken for line in (bad, good))])
    answer = await tenant.batch(body, key="lines", Content_Type="application/x-ndjson")
    assert (answer.status_code, answer.json()["accepted"]) == (202, len(broken) + 1), answer.text
    assert {each["code"] for each in answer.json()["rejected"]} == {"malformed_event"}
    assert len(await tenant.events()) == len(broken) + 1


async def test_no_attribute_of_a_cloud_event_takes_its_neighbours_with_it(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    good = [json.dumps(CLOUD | {"id": f"good-{n}"}).encode() for n in range(len(CLOUD_EVENTS))]
    body = b"[" + b",".join(line for pair in zip(CLOUD_EVENTS, good, strict=True) for line in pair) + b"]"
    answer = await tenant.batch(body, key="cloud", Content_Type="application/cloudevents-batch+json")
    assert answer.status_code == 202
    assert not any(each["index"] % 2 for each in answer.json()["rejected"])
    kept = {event.idempotency_key for event in await tenant.events()}
    assert {f"/a#good-{n}" for n in range(len(CLOUD_EVENTS))} <= kept


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/api/track", "application/json"),
        ("/api/track", "application/cloudevents+json"),
        ("/api/track/batch", "application/json"),
        ("/api/track/batch", "application/cloudevents-batch+json"),
        ("/api/metrics", "application/json"),
    ],
)
async def test_every_body_gets_an_answer_that_is_no_defect(tenant: Tenant, path: str, content_type: str) -> None:
    await tenant.metric("API_CALL")
    bodies = [*BROKEN.values(), *VALUES.values(), *(b"{" + b'"events":' + each + b"}" for each in VALUES.values())]
    for number, body in enumerate([*bodies, *PLAIN_EVENTS, *CLOUD_EVENTS]):
        headers = tenant.headers(f"{path}-{number}", mutation=True) | {"Content-Type": content_type}
        answer = await tenant.client.post(path, content=body, headers=headers)
        assert answer.status_code in {201, 202, 400, 409, 413, 422}, (body[:200], answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] != "internal_error"


DEFINITION = {"code": "FUZZ", "name": "x", "aggregation": "SUM"}
MEMBERS = (
    "code",
    "name",
    "description",
    "unit",
    "eventName",
    "aggregation",
    "valueProperty",
    "filters",
    "groupBy",
    "metadata",
)
FILTER = {"property": "a", "operator": "in", "value": ["x"]}


async def test_every_definition_gets_an_answer_that_is_no_defect(tenant: Tenant) -> None:
    metric = await tenant.metric("API_CALL")
    whole = [with_field(DEFINITION, name, value) for name in MEMBERS for value in VALUES.values()]
    inner = [with_field(FILTER, name, value) for name in FILTER for value in VALUES.values()]
    filters = [with_field(DEFINITION, "filters", b"[" + each + b"]") for each in [*inner, *VALUES.values()]]
    lists = [with_field(DEFINITION, name, b"[" + v + b"]") for name in ("groupBy", "filters") for v in VALUES.values()]
    for number, body in enumerate([*whole, *filters, *lists]):
        headers = tenant.headers(f"definition-{number}", mutation=True) | {"Content-Type": "application/json"}
        for method, path in (("POST", "/api/metrics"), ("PATCH", f"/api/metrics/{metric['id']}")):
            answer = await tenant.client.request(method, path, content=body, headers=headers)
            assert answer.status_code in {200, 201, 400, 409, 422}, (body[:200], answer.text)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-ndjson", "application/cloudevents-batch+json"]
)
async def test_a_bomb_ends_early_and_a_packing_that_is_cut_is_400(tenant: Tenant, content_type: str) -> None:
    await tenant.metric("API_CALL")
    filler = b"[" + b" " * (64 * 2**20)
    body = b'{"events":[' + b",".join([json.dumps(GOOD).encode()] * 3) + b"]}"
    pack = {"gzip": gzip.compress, "zstd": lambda raw: bytes(cramjam.zstd.compress(raw))}
    for encoding, packer in pack.items():
        bomb = await tenant.batch(packer(filler), Content_Type=content_type, Content_Encoding=encoding)
        assert (bomb.status_code, bomb.json()["code"]) == (413, "body_too_large")
        packed = packer(body)
        for broken in (packed[:-1], packed[: len(packed) // 2], packed[:5], packed + b"garbage", b"garbage"):
            answer = await tenant.batch(broken, key="cut", Content_Type=content_type, Content_Encoding=encoding)
            assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request"), (broken, answer.text)
