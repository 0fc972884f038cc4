"""Refused events: kept as they were sent, found again by what could be read of them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tracked_tenant import KEY_ID, Tenant, announce

from usageflow_common.kafka import Outgoing, Producer
from usageflow_common.records import ClockRecord
from usageflow_common.testing import TokenKeys, assert_fenced
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.organizations import organization_record
from usageflow_common.topics import CLOCKS_CHANGED, EVENTS_REJECTED, ORGANIZATIONS_CHANGED, tenant_key
from usageflow_ingest.service.rejected_events import RETENTION, RejectedEvents
from usageflow_ingest.tables import SCHEMA


async def listed(tenant: Tenant, **filters: Any) -> list[dict[str, Any]]:
    answer = await tenant.get("/api/rejected-events", **filters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def refuse_three(tenant: Tenant) -> None:
    body = b'{"metric":"NOBODY","customerId":"user_1"}\n{"metric":"A\\u0000"}\n\x00\xff{broken\n'
    answer = await tenant.batch(body, key="bad", Content_Type="application/x-ndjson")
    assert answer.status_code == 422

    async def all_there() -> bool:
        return len(await listed(tenant)) == 3

    await eventually(all_there)


async def test_a_refused_event_is_kept_as_it_was_sent(tenant: Tenant) -> None:
    await refuse_three(tenant)
    by_index = {event["index"]: event for event in await listed(tenant)}
    first = by_index[0]
    assert first["body"] == '{"metric":"NOBODY","customerId":"user_1"}'
    assert (first["code"], first["idempotencyKey"]) == ("unknown_metric", "bad:0")
    assert first["apiKeyId"] == f"key_{KEY_ID.hex}"
    assert first["requestId"].startswith("req_")
    assert by_index[1]["body"] == '{"metric":"A\\u0000"}'
    assert by_index[2]["body"] == "\ufffd\ufffd{broken"
    one = await tenant.get(f"/api/rejected-events/{first['id']}")
    assert one.json() == first


async def test_refused_events_are_found_by_code_customer_and_metric(tenant: Tenant) -> None:
    await refuse_three(tenant)
    assert [e["index"] for e in await listed(tenant, code="unknown_metric", customerId="user_1")] == [0]
    assert [e["index"] for e in await listed(tenant, metric="NOBODY")] == [0]
    assert {e["index"] for e in await listed(tenant, code="malformed_event,unknown_metric")} == {0, 1, 2}
    assert await listed(tenant, receivedTo="2026-01-01T00:00:00Z") == []
    assert (await tenant.get("/api/rejected-events", receivedFrom="yesterday")).status_code == 422


async def test_refused_events_are_counted_by_window_and_code(tenant: Tenant) -> None:
    await refuse_three(tenant)
    at = datetime.fromisoformat((await listed(tenant))[0]["receivedAt"])
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"from": (day - timedelta(days=1)).isoformat(), "to": (day + timedelta(days=2)).isoformat()}
    for size in ("day", "hour", "quarter_hour", "none"):
        answer = await tenant.get("/api/analytics/rejections", windowSize=size, **span)
        assert answer.status_code == 200, answer.text
        counts: dict[str, int] = {}
        for row in answer.json()["data"]:
            assert datetime.fromisoformat(row["start"]) <= at + timedelta(minutes=1)
            counts[row["code"]] = counts.get(row["code"], 0) + row["count"]
        assert counts == {"malformed_event": 1, "unknown_metric": 2}
    backwards = await tenant.get("/api/analytics/rejections", **{"from": span["to"], "to": span["from"]})
    assert (backwards.status_code, backwards.json()["errors"][0]["field"]) == (422, "query.to")
    large = await tenant.get("/api/analytics/rejections", **{"from": "2025-01-01T00:00:00Z", "to": span["to"]})
    assert (large.status_code, large.json()["code"]) == (422, "range_too_large")


async def test_todays_refusals_are_those_of_the_organizations_own_day(tenant: Tenant, producer: Producer) -> None:
    await refuse_three(tenant)

    async def refused_today() -> int:
        answer = await tenant.get("/internal/summary", timeZone="Europe/Berlin")
        assert answer.status_code == 200, answer.text
        rejected: int = answer.json()["rejected"]
        return rejected

    async def clock_goes(ahead: timedelta, version: int) -> None:
        offset = int(ahead.total_seconds()) * 1_000_000
        clock = ClockRecord(org_id=tenant.org_id, offset_microseconds=offset, version=version)
        await announce(producer, CLOCKS_CHANGED, tenant_key(tenant.org_id), clock)

    async def has(count: int) -> bool:
        return await refused_today() == count

    zone = ZoneInfo("Europe/Berlin")
    now = datetime.now(zone)
    to_midnight = datetime.combine(now.date() + timedelta(days=40), time(), zone) - now
    await clock_goes(to_midnight, 1)  # its day begins after they were refused
    await eventually(lambda: has(0))
    await clock_goes(to_midnight + timedelta(hours=12), 2)  # and here half a day before
    await eventually(lambda: has(3))


async def test_a_record_that_nobody_can_read_stops_nothing(tenant: Tenant, producer: Producer) -> None:
    await producer.send(Outgoing(EVENTS_REJECTED, tenant_key(tenant.org_id), b"{not a record"))
    await refuse_three(tenant)


async def test_what_is_past_its_time_is_forgotten(tenant: Tenant, database: ServiceDatabase) -> None:
    await refuse_three(tenant)
    newest = max(datetime.fromisoformat(event["receivedAt"]) for event in await listed(tenant))
    rejected_events = RejectedEvents(database.engine)
    await rejected_events.purge(newest + RETENTION)
    assert len(await listed(tenant)) == 3
    while await rejected_events.purge(newest + RETENTION * 2):
        pass
    assert await listed(tenant) == []


async def test_readers_see_what_one_organization_sent_and_defined(
    tenant: Tenant, token_keys: TokenKeys, producer: Producer, database: ServiceDatabase
) -> None:
    other = Tenant(tenant.client, token_keys, tenant.bus)
    await announce(producer, ORGANIZATIONS_CHANGED, tenant_key(other.org_id), organization_record(other.org_id))
    for each in (tenant, other):
        await each.metric("KNOWN")
        await refuse_three(each)
    await assert_fenced(database, SCHEMA, [tenant.org_id, other.org_id])
