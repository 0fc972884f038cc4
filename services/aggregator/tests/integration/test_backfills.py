"""Backfills over HTTP: opened for a range, closed, reverted in every partition, and what the gateway is told."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from correction_desk import NOW, open_desk

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, correction_id, new_id, parse_public_id
from usageflow_common.records import BackfillRevert


@pytest.fixture(scope="module")
async def desk(module_world, token_keys):
    """One desk for all of them."""
    async with open_desk(module_world, token_keys) as opened:
        yield opened


def opening(title, *, days_ago=100, **changes):
    """A range of ten days."""
    start = NOW - timedelta(days=days_ago)
    members = {
        "name": title,
        "from": instant_text(start),
        "to": instant_text(start + timedelta(days=10)),
        "reason": "gap",
    }
    return members | changes


async def opened(desk, name, **changes):
    """A new backfill."""
    answer = await desk.post("/api/backfills", opening(name, **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_new_backfill_is_open_and_can_be_read(desk):
    made = await opened(desk, "march-gap")
    assert {**made, "id": "", "createdAt": ""} == opening("march-gap") | {
        "id": "",
        "status": "open",
        "countedEvents": 0,
        "revertedEvents": 0,
        "createdAt": "",
        "closedAt": None,
        "revertedAt": None,
        "version": 1,
    }
    read = await desk.get(f"/api/backfills/{made['id']}")
    assert (read.status_code, read.json(), read.headers["ETag"][:3]) == (200, made, '"1-')


async def test_the_same_key_opens_one_and_a_name_is_taken_once(desk):
    first = await desk.post("/api/backfills", opening("once"), key="open-once")
    again = await desk.post("/api/backfills", opening("once"), key="open-once")
    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
    taken = await desk.post("/api/backfills", opening("once"))
    assert (taken.status_code, taken.json()["code"], taken.json()["errors"][0]["field"]) == (
        409,
        "already_exists",
        "/name",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": instant_text(NOW - timedelta(days=401))}, "/from"),
        ({"to": instant_text(NOW + timedelta(hours=1))}, "/to"),
        ({"to": instant_text(NOW - timedelta(days=100))}, "/to"),
        ({"from": "2026-03-01"}, "/from"),
        ({"name": ""}, "/name"),
        ({"reason": None}, "/reason"),
        ({"status": "closed"}, "/status"),
    ],
)
async def test_a_range_that_may_not_be_filled_is_refused(desk, changes, field):
    answer = await desk.post("/api/backfills", opening("refused", **changes))
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [field])


async def test_the_range_follows_the_clock_of_a_test_organization(desk):
    org_id = new_id()
    await desk.announce(org_id, mode="test")
    await desk.set_clock(org_id, timedelta(days=-300))
    future = await desk.post("/api/backfills", opening("clock", days_ago=100), org_id=org_id)
    assert (future.status_code, future.json()["errors"][0]["field"]) == (422, "/to")
    made = await desk.post("/api/backfills", opening("clock", days_ago=650), org_id=org_id)
    assert made.status_code == 201, made.text


async def test_a_closed_backfill_takes_no_events_and_is_closed_once(desk):
    made = await opened(desk, "closing")
    backfill_id = parse_public_id(Prefix.BACKFILL, made["id"])
    granted = await desk.get(f"/internal/backfills/{backfill_id}")
    assert (granted.status_code, granted.json()) == (
        200,
        {"id": str(backfill_id), "from": made["from"], "to": made["to"]},
    )

    stale = await desk.post(f"/api/backfills/{made['id']}/close", {}, If_Match='"7"')
    assert stale.status_code == 412
    closed = await desk.post(f"/api/backfills/{made['id']}/close", {}, If_Match='"1"')

    assert (closed.status_code, closed.json()["status"], closed.json()["version"]) == (200, "closed", 2)
    assert closed.json()["closedAt"]
    for answer in (
        await desk.get(f"/internal/backfills/{backfill_id}"),
        await desk.post(f"/api/backfills/{made['id']}/close", {}),
    ):
        assert (answer.status_code, answer.json()["currentStatus"]) == (409, "closed")


async def test_a_revert_stands_in_every_partition_when_it_is_answered(desk):
    made = await opened(desk, "reverting")
    backfill_id = parse_public_id(Prefix.BACKFILL, made["id"])

    answer = await desk.post(f"/api/backfills/{made['id']}/revert", {"reason": "wrong source"}, key="revert")

    assert (answer.status_code, answer.json()["status"]) == (202, "reverted")
    for partition in (0, 1):
        record = await desk.last(partition)
        assert isinstance(record, BackfillRevert)
        assert (record.backfill_id, record.reason) == (backfill_id, "wrong source")
        assert record.event_id == correction_id(desk.world.org_id, f"revert:{backfill_id}")
    replayed = await desk.post(f"/api/backfills/{made['id']}/revert", {"reason": "wrong source"}, key="revert")
    assert (replayed.json(), len(await desk.sent(1))) == (answer.json(), 1)
    again = await desk.post(f"/api/backfills/{made['id']}/revert", {})
    assert (again.status_code, again.json()["currentStatus"]) == (409, "reverted")
    assert len(await desk.sent(1)) == 1


async def test_what_the_partitions_counted_is_added_up(desk):
    made = await opened(desk, "counting")
    backfill_id = parse_public_id(Prefix.BACKFILL, made["id"])
    for shard, counted, reverted in ((0, 7, 2), (1, 5, 5)):
        await desk.world.query(
            "INSERT INTO backfill_counts (org_id, backfill_id, shard, counted, reverted) VALUES ($1, $2, $3, $4, $5)",
            *(desk.world.org_id, backfill_id, shard, counted, reverted),
        )
    read = (await desk.get(f"/api/backfills/{made['id']}")).json()
    assert (read["countedEvents"], read["revertedEvents"]) == (12, 7)


async def test_the_list_is_paged_filtered_and_the_tenants_own(desk):
    org_id, other = new_id(), new_id()
    await desk.announce(org_id)
    await desk.announce(other)
    names = [f"page-{number}" for number in range(5)]
    for name in names:
        made = await desk.post("/api/backfills", opening(name), org_id=org_id)
    await desk.post(f"/api/backfills/{made.json()['id']}/close", {}, org_id=org_id)

    found, cursor = [], {}
    while True:
        page = (await desk.get("/api/backfills", org_id=org_id, limit="2", **cursor)).json()
        found += [each["name"] for each in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert found == names[::-1]
    closed = (await desk.get("/api/backfills", org_id=org_id, status="closed,reverted")).json()
    assert [each["name"] for each in closed["data"]] == ["page-4"]
    assert (await desk.get("/api/backfills", org_id=org_id, status="half")).status_code == 422
    assert (await desk.get("/api/backfills", org_id=other)).json() == {"data": [], "nextCursor": None}
    for path in (f"/api/backfills/{made.json()['id']}", "/api/backfills/nobody", f"/api/backfills/bf_{'0' * 32}"):
        assert (await desk.get(path, org_id=other)).status_code == 404
    foreign = await desk.post(f"/api/backfills/{made.json()['id']}/revert", {}, org_id=other)
    assert foreign.status_code == 404


async def test_readers_may_read_and_no_more(desk):
    made = await opened(desk, "roles")
    assert (await desk.get(f"/api/backfills/{made['id']}", scopes=("events:read",))).status_code == 200
    for path in ("/api/backfills", f"/api/backfills/{made['id']}/close", f"/api/backfills/{made['id']}/revert"):
        refused = await desk.post(path, opening("no"), scopes=("events:read", "track:write"))
        assert (refused.status_code, refused.json()["requiredScope"]) == (403, "events:write")
