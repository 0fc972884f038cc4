"""Events of a backfill: the aggregator is asked whether it is open, and ingest is told which one it is."""

import asyncio
import json

from starlette.responses import Response

from usageflow_common.clock import Clock
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.tokens import BackfillGrant, TokenVerifier
from usageflow_gateway.backfills import BELIEVED_SECONDS
from usageflow_gateway.service import organizations as organization_service

RANGE = ("2026-01-01T00:00:00Z", "2026-01-11T00:00:00Z")


class Backfills:
    """The aggregator's part of the recorder: which backfills are there, and how often it was asked."""

    def __init__(self):
        self.statuses = {}
        self.callers = []

    async def __call__(self, request):
        path = request.url.path
        if not path.startswith("/internal/backfills/"):
            return None
        self.callers.append(request.headers["authorization"].removeprefix("Bearer "))
        found = path.rpartition("/")[2]
        status = self.statuses.get(found)
        if status is None:
            return _problem(404, {"code": "not_found"})
        if status != "open":
            return _problem(409, {"code": "state_conflict", "currentStatus": status})
        return Response(json.dumps({"id": found, "from": RANGE[0], "to": RANGE[1]}), media_type="application/json")


def _problem(status, members):
    return Response(json.dumps(members), status_code=status, media_type="application/problem+json")


def path_of(backfill_id):
    return f"/api/backfills/{public_id(Prefix.BACKFILL, backfill_id)}/events"


async def test_ingest_gets_the_range_in_the_token_and_the_aggregator_is_asked_once_a_second(gateway, token_keys):
    backfills = gateway.service.answer = Backfills()
    backfill_id = new_id()
    backfills.statuses[str(backfill_id)] = "open"

    for number in range(3):
        status, headers, _ = await gateway.send(
            "POST", path_of(backfill_id), json={"events": []}, headers={"Idempotency-Key": f"batch-{number}"}
        )
        assert (status, headers["Idempotency-Key"]) == (200, f"batch-{number}")

    received = gateway.service.received[-1]
    assert (received.target, json.loads(received.body)) == (path_of(backfill_id), {"events": []})
    token = received.headers["authorization"].removeprefix("Bearer ")
    caller = TokenVerifier(token_keys.public_keys, "ingest").verify(token)
    assert caller.backfill == BackfillGrant(backfill_id, *RANGE)
    assert caller.org_id == gateway.org_id
    assert len(backfills.callers) == 1
    asked = TokenVerifier(token_keys.public_keys, "aggregator").verify(backfills.callers[0])
    assert (asked.org_id, asked.backfill, "events:write" in asked.scopes) == (gateway.org_id, None, True)


async def test_a_backfill_that_is_closed_takes_nothing_after_a_second(gateway):
    backfills = gateway.service.answer = Backfills()
    backfill_id = new_id()
    backfills.statuses[str(backfill_id)] = "open"
    assert (await gateway.send("POST", path_of(backfill_id), data=b"{}"))[0] == 200

    backfills.statuses[str(backfill_id)] = "closed"
    await asyncio.sleep(BELIEVED_SECONDS)
    gateway.service.received.clear()
    status, _, body = await gateway.send("POST", path_of(backfill_id), data=b"{}")

    problem = json.loads(body)
    assert (status, problem["code"], problem["currentStatus"]) == (409, "state_conflict", "closed")
    assert problem["idempotencyKey"]
    assert gateway.service.received == []


async def test_what_is_no_backfill_of_the_caller_is_not_found(gateway):
    gateway.service.answer = Backfills()
    for path in (path_of(new_id()), "/api/backfills/nobody/events", f"/api/backfills/{new_id()}/events"):
        status, _, body = await gateway.send("POST", path, data=b"{}")
        assert (status, json.loads(body)["code"]) == (404, "not_found")
    assert gateway.service.received == []


async def test_one_organization_never_rides_on_what_another_was_granted(gateway):
    backfills = gateway.service.answer = Backfills()
    backfill_id = new_id()
    backfills.statuses[str(backfill_id)] = "open"
    await gateway.send("POST", path_of(backfill_id), data=b"{}")
    other = await organization_key(gateway)
    await gateway.send("POST", path_of(backfill_id), data=b"{}", secret=other)
    assert len(backfills.callers) == 2


async def test_a_key_that_may_only_send_events_may_not_backfill(gateway):
    gateway.service.answer = Backfills()
    for scopes in ("track:write", "events:read"):
        key = await gateway.key(scopes)
        status, _, body = await gateway.send("POST", path_of(new_id()), data=b"{}", secret=key.secret)
        assert (status, json.loads(body)["requiredScope"]) == (403, "events:write")


async def test_an_aggregator_that_cannot_say_is_503_with_the_key(gateway):
    async def answer(request):
        return Response(status_code=500) if request.url.path.startswith("/internal/backfills/") else None

    gateway.service.answer = answer
    status, headers, body = await gateway.send(
        "POST", path_of(new_id()), data=b"{}", headers={"Idempotency-Key": "again"}
    )
    assert (status, json.loads(body)["idempotencyKey"]) == (503, "again")
    assert headers["Retry-After"]


async def organization_key(gateway):
    """A key of another organization."""
    founded = await organization_service.create_organization(
        gateway.database.engine, Clock(), name="Other", mode="live", owner_email=None
    )
    return (await gateway.key(org_id=founded.organization.org_id)).secret
