"""Corrections that were counted, as the next caller at the desk meets them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from correction_desk import YESTERDAY, open_desk

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, parse_public_id


@pytest.fixture(scope="module")
async def desk(module_world, token_keys):
    """One desk for all of them."""
    async with open_desk(module_world, token_keys) as opened:
        yield opened


async def test_a_voided_event_cannot_be_corrected_again(desk):
    target = await desk.use("voided")
    await desk.post(f"/api/events/{target}/void", {"reason": "r"})
    await desk.count()

    for path, body in (("void", {"reason": "r"}), ("amend", {"amount": 1, "reason": "r"})):
        answer = await desk.post(f"/api/events/{target}/{path}", body)
        assert (answer.status_code, answer.json()["code"], answer.json()["currentStatus"]) == (
            409,
            "state_conflict",
            "voided",
        )


async def test_the_second_amendment_builds_on_the_first(desk):
    target = await desk.use("amended")
    await desk.post(f"/api/events/{target}/amend", {"amount": 2, "properties": {"n": 1}, "reason": "first"})
    await desk.count()

    answer = await desk.post(f"/api/events/{target}/amend", {"amount": 3, "reason": "second"}, If_Match='"2"')

    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["amount"], body["properties"], body["revision"]) == ("2", {"n": 1}, 2)
    assert [(each["revision"], each.get("pending", False)) for each in body["corrections"]] == [(2, False), (3, True)]
    assert (await desk.last(0)).base_revision == 2
    stale = await desk.post(f"/api/events/{target}/amend", {"amount": 4, "reason": "late"}, If_Match='"1"')
    assert stale.status_code == 412


async def test_a_void_after_an_amendment_shows_what_counted_last(desk):
    target = await desk.use("amended-then-voided")
    await desk.post(f"/api/events/{target}/amend", {"amount": 2, "reason": "r"})
    await desk.post(f"/api/events/{target}/void", {"reason": "r"})
    await desk.count()
    rows = await desk.world.query(
        "SELECT revision, kind FROM event_corrections WHERE event_id = $1::text::uuid ORDER BY 1", target
    )
    assert [tuple(row) for row in rows] == [(2, "amend"), (3, "void")]
    answer = await desk.post(f"/api/events/{target}/amend", {"amount": 1, "reason": "r"})
    assert answer.json()["currentStatus"] == "voided"


async def test_a_tombstone_takes_the_key_before_its_event_comes(desk):
    target = desk.id_of("not-yet")
    forced = {"reason": "r", "force": True, "customerId": "user_123"}
    assert (await desk.post(f"/api/events/{target}/void", forced)).status_code == 202
    await desk.count()
    again = await desk.post(f"/api/events/{target}/void", forced)
    assert (again.status_code, again.json()["currentStatus"]) == (409, "voided")
    before = await desk.world.counted()
    for partition in (0, 1):
        await desk.use("not-yet", partition)
    assert await desk.world.counted() == before


async def test_an_event_that_is_kept_no_more_is_404(desk):
    target = desk.id_of("long-ago")
    await desk.use("a-key-beside-it")
    await desk.world.query(
        "INSERT INTO event_keys (org_id, event_id, generation, payload_hash, partition, log_offset, day)"
        " SELECT org_id, $2::text::uuid, generation, payload_hash, partition, log_offset, day - 500 FROM event_keys WHERE org_id = $1 LIMIT 1",
        desk.world.org_id,
        target,
    )
    for path, body in (("void", {"reason": "r", "force": True}), ("amend", {"amount": 1, "reason": "r"})):
        answer = await desk.post(f"/api/events/{target}/{path}", body)
        assert (answer.status_code, "kept no more" in answer.json()["detail"]) == (404, True)
    assert (await desk.get(f"/api/events/{target}", scopes=("events:read",))).status_code == 404


async def test_an_event_of_a_reverted_backfill_cannot_be_corrected(desk):
    opening = {
        "name": "taken back",
        "from": instant_text(YESTERDAY),
        "to": instant_text(YESTERDAY.replace(microsecond=1)),
    }
    made = (await desk.post("/api/backfills", {**opening, "reason": "gap"})).json()
    backfill_id = parse_public_id(Prefix.BACKFILL, made["id"])
    target = await desk.backfill("of-a-backfill", backfill_id)
    assert (await desk.get(f"/api/backfills/{made['id']}")).json()["countedEvents"] == 1
    outside = await desk.post(f"/api/events/{target}/amend", {"timestamp": made["to"], "reason": "r"})
    assert (outside.status_code, outside.json()["code"]) == (422, "timestamp_in_future")

    await desk.post(f"/api/backfills/{made['id']}/revert", {"reason": "r"})
    await desk.count()

    answer = await desk.post(f"/api/events/{target}/void", {"reason": "r"})
    assert (answer.status_code, answer.json()["currentStatus"]) == (409, "reverted")
    backfill = (await desk.get(f"/api/backfills/{made['id']}")).json()
    assert (backfill["countedEvents"], backfill["revertedEvents"]) == (1, 1)
