"""Events of a backfill: older than any others may be, within its range, and only where the gateway's token names it."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from tracked_tenant import KEY_ID, Tenant

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.testing.callers import caller
from usageflow_common.tokens import Actor, BackfillGrant

TO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=60)
FROM = TO - timedelta(days=10)


def event(key: str, at: datetime | None, **members: object) -> dict[str, object]:
    timed = {} if at is None else {"timestamp": instant_text(at)}
    return {"metric": "API_CALL", "customerId": "user_123", "idempotencyKey": key, **timed, **members}


async def post(
    tenant: Tenant, named: UUID, granted: UUID | None, content: str | bytes, media: str, *, scope: str = "events:write"
) -> httpx.Response:
    grant = None if granted is None else BackfillGrant(granted, instant_text(FROM), instant_text(TO))
    who = caller(scope, org_id=tenant.org_id, actor=Actor("api_key", KEY_ID))
    token = tenant.keys.headers("ingest", dataclasses.replace(who, backfill=grant))
    path = f"/api/backfills/{public_id(Prefix.BACKFILL, named)}/events"
    return await tenant.client.post(path, content=content, headers=token | {"Content-Type": media})


async def test_a_batch_of_a_backfill_is_stamped_with_it_and_may_be_old(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    backfill_id = new_id()
    body = json.dumps({"events": [event("first", FROM), event("last", TO - timedelta(microseconds=1))]})

    answer = await post(tenant, backfill_id, backfill_id, body, "application/json")

    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    assert [(e.idempotency_key, e.backfill_id, e.occurred_at) for e in await tenant.events()] == [
        ("first", backfill_id, FROM),
        ("last", backfill_id, TO - timedelta(microseconds=1)),
    ]


async def test_times_outside_the_range_and_no_time_at_all_are_refused_one_by_one(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    backfill_id = new_id()
    lines = [
        event("early", FROM - timedelta(microseconds=1)),
        event("good", FROM),
        event("late", TO),
        event("present", datetime.now(UTC)),
        event("untimed", None),
    ]
    body = "\n".join(json.dumps(line) for line in lines)

    answer = await post(tenant, backfill_id, backfill_id, body, "application/x-ndjson")

    assert answer.status_code == 202
    assert [(each["index"], each["code"]) for each in answer.json()["rejected"]] == [
        (0, "timestamp_too_old"),
        (2, "timestamp_in_future"),
        (3, "timestamp_in_future"),
        (4, "timestamp_invalid"),
    ]
    assert [e.idempotency_key for e in await tenant.events()] == ["good"]


async def test_only_a_token_that_names_the_backfill_opens_it(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    backfill_id = new_id()
    body = json.dumps({"events": [event("never", FROM)]})

    for granted, scope, status in (
        (None, "events:write", 401),
        (new_id(), "events:write", 401),
        (backfill_id, "track:write", 403),
        (backfill_id, "events:read", 403),
    ):
        answer = await post(tenant, backfill_id, granted, body, "application/json", scope=scope)
        assert answer.status_code == status

    assert await tenant.events() == []


async def test_an_ordinary_event_is_of_no_backfill(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    await tenant.batch({"events": [{"metric": "API_CALL", "customerId": "user_123"}]})
    [sent] = await tenant.events()
    assert sent.backfill_id is None
