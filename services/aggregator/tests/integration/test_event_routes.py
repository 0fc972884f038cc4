"""Events and conflicts as callers are answered."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_client import open_api, until_ready

from usageflow_common.ids import event_id, event_names

DAY = {"receivedFrom": "2026-03-01T00:00:00Z", "receivedTo": "2026-03-02T00:00:00Z"}


@pytest.fixture(scope="module")
async def world(module_world):
    """Eight events of two customers, one of them sent again with another amount."""
    world = module_world
    for number in range(8):
        customer, properties = ("user_123", {"region": "eu"}) if number % 4 else ("user_456", {"region": 7})
        at = world.event("x").occurred_at + timedelta(minutes=number)
        await world.use(f"call-{number}", partition=number % 2, at=at, customer=customer, properties=properties)
    await world.use("call-1", partition=1, amount="2")
    for partition in (0, 1):
        await world.resume(partition)
        await world.handler.handle(await world.batch(0, partition))
    return world


@pytest.fixture(scope="module")
async def api(world, token_keys):
    """A client of the API."""
    async with open_api(world, token_keys) as client:
        client.headers = token_keys.token_headers("aggregator", ["events:read"], org_id=world.org_id)
        await until_ready(client)
        yield client


async def test_events_are_listed_page_by_page(api):
    keys, cursor = [], None
    while True:
        page = await _get(api, "/api/events", limit=3, **({"cursor": cursor} if cursor else {}))
        keys += [event["idempotencyKey"] for event in page["data"]]
        if (cursor := page["nextCursor"]) is None:
            break

    assert sorted(keys) == [f"call-{number}" for number in range(8)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"idempotencyKey": "call-3"}, [3]),
        ({"idempotencyKey": "batch:3"}, []),
        ({"customerId": "user_456", "sort": "timestamp"}, [0, 4]),
        ({"customerId": "user_123", "sort": "-timestamp", "limit": "2"}, [7, 6]),
        ({"customerId": "user_456", "property.region": "7", "sort": "timestamp", **DAY}, [0, 4]),
        ({"metric": "API_CALL", "property.region": "us", **DAY}, []),
        ({"customerId": "user_456", "sort": "timestamp", "timestampFrom": "2026-03-01T12:01:00Z"}, [4]),
        ({"status": "voided,reverted"}, []),
        ({"metric": "OTHER"}, []),
    ],
)
async def test_events_are_found_by_what_they_say(api, query, expected):
    page = await _get(api, "/api/events", **query)

    assert [event["idempotencyKey"] for event in page["data"]] == [f"call-{number}" for number in expected]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sort": "amount"}, "query.sort"),
        ({"sort": "timestamp"}, "query.sort"),
        ({"status": "lost"}, "query.status"),
        ({"customerId": "a b"}, "query.customerId"),
        ({"property.region": "eu", **DAY}, "query.property.region"),
        ({"property.region": "eu", "metric": "API_CALL"}, "query.property.region"),
        ({"property.": "eu", "metric": "API_CALL", **DAY}, "query.property."),
        ({"receivedFrom": "2026-03-02T00:00:00Z", "receivedTo": "2026-03-01T00:00:00Z"}, "query.receivedTo"),
        ({"timestampFrom": "yesterday"}, "query.timestampFrom"),
        ({"backfillId": "1"}, "query.backfillId"),
        ({"limit": "201"}, "query.limit"),
        ({"colour": "red"}, "query.colour"),
    ],
)
async def test_a_search_that_is_not_valid_is_told_which_parameter(api, query, field):
    response = await api.get("/api/events", params=query)

    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
    assert field in [error["field"] for error in response.json()["errors"]]


async def test_a_conflict_shows_both_events_and_where_they_differ(api, world, token_keys):
    page = await _get(api, "/api/conflicts", customerId="user_123", kind="payload_mismatch")
    (conflict,) = page["data"]

    assert conflict["id"].startswith("cnf_")
    assert (conflict["kind"], conflict["idempotencyKey"]) == ("payload_mismatch", "call-1")
    assert conflict["eventId"] == str(event_id(world.org_id, "call-1"))
    assert (conflict["counted"]["amount"], conflict["refused"]["amount"]) == ("1", "2")
    assert set(conflict["differs"]) == {"amount", "timestamp", "properties"}
    assert await _get(api, f"/api/conflicts/{conflict['id']}") == conflict
    assert (await _get(api, "/api/conflicts", kind="stale_amendment"))["data"] == []
    assert (await _get(api, "/api/conflicts", createdTo="2026-01-01T00:00:00Z"))["data"] == []
    stranger = token_keys.token_headers("aggregator", ["events:read"])
    assert (await api.get(f"/api/conflicts/{conflict['id']}", headers=stranger)).status_code == 404
    assert (await api.get("/api/conflicts", headers=stranger)).json()["data"] == []
    assert (await api.get("/api/conflicts?kind=other")).status_code == 422
    assert (await api.get("/api/conflicts/cnf_1")).status_code == 404


async def test_a_key_of_a_batch_names_the_event_at_its_place(api, world):
    identity = event_names(world.org_id).of_place("batch-7", 3)

    page = await _get(api, "/api/events", idempotencyKey="batch-7:3")

    assert identity not in [event["eventId"] for event in page["data"]], "it was never sent"


async def _get(api, path, **query):
    response = await api.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()
