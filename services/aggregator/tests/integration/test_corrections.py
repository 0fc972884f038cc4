"""Voids and amendments over HTTP: what is checked, what stands in the log afterwards, and what a caller is told."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from correction_desk import NOW, YESTERDAY, open_desk

from usageflow_common.clock import instant_text
from usageflow_common.ids import correction_id, event_id, new_id
from usageflow_common.records import AmendEvent, MetricFilter, MetricRecord, VoidEvent
from usageflow_common.topics import EVENTS_RAW, events_raw_key


@pytest.fixture(scope="module")
async def desk(module_world, token_keys):
    """One desk for all of them, with every event counted before the first correction."""
    async with open_desk(module_world, token_keys) as opened:
        metrics = await make_metrics(opened)
        for key, partition, values in EVENTS:
            await opened.world.use(key, partition, **{"at": YESTERDAY, **values})
        fed = (metrics["ALL"], metrics["ARCHIVED"])
        await opened.world.use("fed", metrics=fed, properties={"region": "us"}, at=YESTERDAY)
        await opened.count()
        yield opened


EVENTS = [
    ("void-1", 1, {"amount": "1.5", "properties": {"size": Decimal("1.50"), "region": "eu"}}),
    ("amend-1", 0, {"amount": "1.5"}),
    *((key, 0, {}) for key in ("void-2", "void-3", "amend-2", "refused", "mine", "audited")),
]


async def test_a_void_goes_behind_its_event_and_is_answered_as_pending(desk):
    target = desk.id_of("void-1")

    answer = await desk.post(f"/api/events/{target}/void", {"reason": "sent twice"}, key="void-1")

    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["eventId"], body["status"], body["revision"], body["amount"]) == (target, "counted", 1, "1.5")
    assert answer.headers["ETag"] == '"1"'
    assert b'"size":1.50' in answer.content
    [pending] = body["corrections"]
    assert (pending["kind"], pending["pending"], pending["revision"], pending["offset"]) == ("void", True, 2, None)
    assert pending["actor"].startswith("usr_")
    record = await desk.last(1)
    assert isinstance(record, VoidEvent)
    assert (str(record.target_event_id), record.base_revision, record.reason) == (target, 1, "sent twice")
    assert record.event_id == correction_id(desk.world.org_id, f"void:{target}")


async def test_the_same_key_gets_the_same_answer_and_one_record(desk):
    target = desk.id_of("void-2")
    before = len(await desk.sent(0))

    first = await desk.post(f"/api/events/{target}/void", {"reason": "r"}, key="once")
    second = await desk.post(f"/api/events/{target}/void", {"reason": "r"}, key="once")

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(await desk.sent(0)) == before + 1


async def test_voiding_twice_under_two_keys_is_one_correction(desk):
    target = desk.id_of("void-3")
    for _ in range(2):
        assert (await desk.post(f"/api/events/{target}/void", {"reason": "r"})).status_code == 202
    first, second = (await desk.sent(0))[-2:]
    assert first.event_id == second.event_id


async def test_an_event_that_was_not_counted_is_409_and_with_force_it_never_will_be(desk):
    target = str(event_id(desk.world.org_id, "never-seen"))
    refused = await desk.post(f"/api/events/{target}/void", {"reason": "r"})
    assert (refused.status_code, refused.json()["code"]) == (409, "event_not_counted_yet")
    amended = await desk.post(f"/api/events/{target}/amend", {"amount": 1, "reason": "r"})
    assert (amended.status_code, amended.json()["code"]) == (409, "event_not_counted_yet")
    unnamed = await desk.post(f"/api/events/{target}/void", {"reason": "r", "force": True})
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (422, "/customerId")

    answer = await desk.post(f"/api/events/{target}/void", {"reason": "r", "force": True, "customerId": "user_123"})

    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "voided"
    home = desk.world.bus.partition_of(EVENTS_RAW, events_raw_key(desk.world.org_id, "user_123", 0))
    record = await desk.last(home)
    assert (answer.json()["partition"], str(record.target_event_id)) == (home, target)


async def test_an_amendment_says_only_what_changes_and_names_the_revision_that_it_read(desk):
    target = desk.id_of("amend-1")
    moved = YESTERDAY - timedelta(days=3)
    body = {"amount": "2.50", "timestamp": instant_text(moved), "reason": "wrong meter"}

    answer = await desk.post(f"/api/events/{target}/amend", body, If_Match='"1"')

    assert answer.status_code == 202, answer.text
    assert answer.json()["amount"] == "1.5"
    record = await desk.last(0)
    assert isinstance(record, AmendEvent)
    assert (record.base_revision, record.amount, record.occurred_at) == (1, "2.5", moved)
    assert (record.properties, record.metric_ids) == (None, None)


async def test_a_stale_if_match_is_412(desk):
    target = desk.id_of("amend-2")
    for path, body in (("amend", {"amount": 2, "reason": "r"}), ("void", {"reason": "r"})):
        answer = await desk.post(f"/api/events/{target}/{path}", body, If_Match='"2"')
        assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": "x"}, "amount_invalid"),
        ({"amount": True}, "amount_invalid"),
        ({"amount": "0.0000000000001"}, "amount_too_precise"),
        ({"amount": 10**20}, "amount_out_of_range"),
        ({"timestamp": "yesterday"}, "timestamp_invalid"),
        ({"timestamp": 17}, "timestamp_invalid"),
        ({"timestamp": instant_text(NOW + timedelta(hours=1))}, "timestamp_in_future"),
        ({"timestamp": instant_text(NOW - timedelta(days=36))}, "timestamp_too_old"),
        ({"properties": []}, "properties_invalid"),
        ({"properties": {"a b": 1}}, "properties_invalid"),
        ({"properties": {"a": [1]}}, "properties_invalid"),
        ({"properties": {f"p{n}": "x" * 500 for n in range(40)}}, "event_too_large"),
        ({}, "validation_failed"),
        ({"amount": None}, "validation_failed"),
        ({"amount": 1, "customerId": "other"}, "validation_failed"),
    ],
)
async def test_what_ingest_would_not_take_is_refused_with_its_code(desk, body, code):
    target = desk.id_of("refused")
    answer = await desk.post(f"/api/events/{target}/amend", {**body, "reason": "r"})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_new_properties_decide_again_which_metrics_an_event_feeds(desk):
    target = desk.id_of("fed")

    async def amend(properties):
        return await desk.post(f"/api/events/{target}/amend", {"properties": properties, "reason": "r"})

    missing = await amend({"region": "eu"})
    assert (missing.status_code, missing.json()["code"]) == (422, "property_missing")
    wrong = await amend({"region": "eu", "bytes": "many"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "property_not_numeric")

    assert (await amend({"region": "eu", "bytes": 7})).status_code == 202
    record = await desk.last(0)
    feeds = {desk.world.catalog.records[f"{record.org_id}/{metric_id}"].code for metric_id in record.metric_ids}
    assert feeds == {"API_CALL", "EU_BYTES", "ALL", "ARCHIVED"}


async def make_metrics(desk):
    """Metrics of the event name API_CALL: by region, later than every event, archived, and one that counts them all."""
    began = NOW - timedelta(days=400)
    eu = MetricFilter(property="region", operator="equals", value="eu")
    us = MetricFilter(property="region", operator="equals", value="us")
    return {
        "EU_BYTES": await metric(desk, "EU_BYTES", began, filters=(eu,), value_property="bytes"),
        "US_CALLS": await metric(desk, "US_CALLS", began, aggregation="COUNT", filters=(us,)),
        "TOO_LATE": await metric(desk, "TOO_LATE", NOW + timedelta(days=1), aggregation="COUNT"),
        "ARCHIVED": await metric(desk, "ARCHIVED", began, aggregation="COUNT", status="archived"),
        "ALL": await metric(desk, "ALL", began),
    }


async def metric(desk, code, active_from, **changes):
    """A metric of the event name API_CALL, known to whoever counts and to the API."""
    members = {
        "org_id": desk.world.org_id, "metric_id": new_id(), "code": code, "event_name": "API_CALL", "aggregation": "SUM",
        "value_property": None, "filters": (), "group_by": (), "status": "active", "active_from": active_from,
        "created_at": active_from, "version": 1,
    }  # fmt: skip
    record = MetricRecord(**(members | changes))
    await desk.world.publish(record)
    return record


async def test_another_tenants_event_is_not_there_and_readers_may_not_correct(desk):
    target = desk.id_of("mine")
    other = new_id()
    await desk.announce(other)
    foreign = await desk.post(f"/api/events/{target}/void", {"reason": "r"}, org_id=other)
    assert (foreign.status_code, foreign.json()["code"]) == (409, "event_not_counted_yet")
    for scopes in (("events:read",), ("track:write",)):
        refused = await desk.post(f"/api/events/{target}/void", {"reason": "r"}, scopes=scopes)
        assert (refused.status_code, refused.json()["requiredScope"]) == (403, "events:write")
    malformed = await desk.post("/api/events/nobody/void", {"reason": "r"})
    assert malformed.status_code == 404


async def test_a_correction_is_in_the_audit_log_with_its_record_or_not_at_all(desk):
    target = desk.id_of("audited")
    rows = await asyncio.gather(
        *(desk.post(f"/api/events/{target}/amend", {"amount": n, "reason": "r"}, key=f"audit-{n}") for n in range(5))
    )
    assert {row.status_code for row in rows} == {202}
    records = [r for r in await desk.sent(0) if isinstance(r, AmendEvent) and str(r.target_event_id) == target]
    assert len({record.event_id for record in records}) == len(records) == 5
    stored = await desk.world.query(
        "SELECT operation_id FROM operations WHERE org_id = $1 AND body ->> 'eventId' = $2", desk.world.org_id, target
    )
    expected = {correction_id(desk.world.org_id, f"amend:{UUID(str(row['operation_id']))}") for row in stored}
    assert {record.event_id for record in records} == expected
