"""The HTTP side: endpoints, secrets, the log, and what one tenant sees of another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest
from receiver import Receiver, answers
from standardwebhooks import Webhook
from webhooks_tenant import READ, Tenant, delivering

from usageflow_common.ids import new_id
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.payloads import PUBLISHED, check_body
from usageflow_common.wire import Cursors, PageRequest
from usageflow_webhooks.domain.signing import secret_key
from usageflow_webhooks.settings import WebhooksSettings
from usageflow_webhooks.vault import Vault

URL = "http://127.0.0.1:9/hooks"


async def test_an_endpoint_is_made_shown_changed_and_deleted(tenant: Tenant):
    made = await tenant.endpoint(URL, "invoice.created", "invoice.paid")
    assert made["secret"].startswith("whsec_")
    shown = await tenant.get(f"/endpoints/{made['id']}")
    assert shown.headers["etag"].startswith('"1-')
    assert shown.json() == {key: value for key, value in made.items() if key != "secret"}
    assert shown.json()["health"] == {"succeeded24h": 0, "failed24h": 0, "parked": 0, "failingSince": None}

    path = f"/endpoints/{made['id']}"
    changed = await tenant.call("PATCH", path, {"description": "Ledger", "eventTypes": ["*"]}, version=1)
    assert (changed.json()["description"], changed.json()["eventTypes"]) == ("Ledger", ["*"])
    assert (changed.json()["url"], changed.json()["version"]) == (URL, 2)
    stale = await tenant.call("PATCH", path, {"description": None}, version=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    cleared = await tenant.call("PATCH", path, {"description": None})
    assert cleared.json()["description"] is None

    assert (await tenant.call("DELETE", path)).status_code == 204
    assert (await tenant.get(path)).status_code == 404
    assert await tenant.list("/endpoints") == []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"eventTypes": ["*"]}, "validation_failed", "/url"),
        ({"url": URL}, "validation_failed", "/eventTypes"),
        ({"url": URL, "eventTypes": []}, "validation_failed", "/eventTypes"),
        ({"url": URL, "eventTypes": ["invoice.exploded"]}, "validation_failed", "/eventTypes/0"),
        ({"url": URL, "eventTypes": ["ping", "ping"]}, "validation_failed", "/eventTypes"),
        ({"url": URL, "eventTypes": "*"}, "validation_failed", "/eventTypes"),
        ({"url": URL, "eventTypes": ["*"], "secret": "whsec_mine"}, "validation_failed", "/secret"),
        ({"url": URL, "eventTypes": ["*"], "description": "x" * 501}, "validation_failed", "/description"),
        ({"url": 7, "eventTypes": ["*"]}, "validation_failed", "/url"),
        ({"url": "https://user:pw@127.0.0.1/", "eventTypes": ["*"]}, "url_not_allowed", "/url"),
        ({"url": "http://10.0.0.1/", "eventTypes": ["*"]}, "url_not_allowed", "/url"),
        ({"url": "https://[fc00::1]/", "eventTypes": ["*"]}, "url_not_allowed", "/url"),
        ({"url": "http://169.254.169.254/latest/meta-data", "eventTypes": ["*"]}, "url_not_allowed", "/url"),
        ({"url": "http://1.1.1.1/", "eventTypes": ["*"]}, "url_not_allowed", "/url"),
        ({"url": "http://127.1/", "eventTypes": ["*"]}, "url_not_allowed", "/url"),
        ({"url": "http://127.0.0.1:5432/", "eventTypes": ["*"]}, "url_not_allowed", "/url"),
    ],
)
async def test_what_is_not_valid_is_named(body: dict[str, Any], code: str, field: str, tenant: Tenant):
    answer = await tenant.post("/endpoints", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await tenant.list("/endpoints") == []


async def test_the_same_key_makes_one_endpoint_and_shows_its_secret_again(tenant: Tenant, database: ServiceDatabase):
    body, key = {"url": URL, "eventTypes": ["*"]}, str(new_id())
    first, second = await tenant.post("/endpoints", body, key=key), await tenant.post("/endpoints", body, key=key)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert len(await tenant.list("/endpoints")) == 1
    for secret in (first.json()["secret"], first.json()["secret"].removeprefix("whsec_")):
        assert secret not in await _everything_stored(database)


async def _everything_stored(database: ServiceDatabase) -> str:
    """Every row of every table, as text."""
    owner = await asyncpg.connect(database.owner_url)
    try:
        tables = await owner.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'webhooks'::regnamespace AND relkind = 'r'"
        )
        texts = [
            await owner.fetchval(
                f"SELECT string_agg(t::text || encode(convert_to(t::text, 'UTF8'), 'escape'), '') FROM webhooks.{row[0]} t"
            )
            for row in tables
        ]
    finally:
        await owner.close()
    return "".join(text or "" for text in texts)


async def test_a_key_is_required_to_make_something(tenant: Tenant, http, token_keys: TokenKeys):
    headers = token_keys.token_headers("webhooks", ["webhooks:write"], org_id=tenant.org_id)
    answer = await http.post("/api/webhooks/endpoints", json={"url": URL, "eventTypes": ["*"]}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_there_are_at_most_fifty_endpoints_also_when_many_are_made_at_once(tenant: Tenant):
    body = {"url": URL, "eventTypes": ["ping"]}
    statuses = []
    for _ in range(5):
        made = await asyncio.gather(*(tenant.post("/endpoints", body) for _ in range(11)))
        statuses += [answer.status_code for answer in made]
    assert sorted(statuses) == [201] * 50 + [422] * 5
    assert len(await tenant.list("/endpoints", limit=200)) == 50


async def test_secrets_appear_only_where_they_are_asked_for(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    receiver.behaviours["/hook"] = answers("500 Oops")
    made = await tenant.endpoint(receiver.url("/hook"))
    path = f"/endpoints/{made['id']}"
    await tenant.happens()
    async with delivering(database, vault):
        [logged] = await tenant.attempts(1)
    revealed = (await tenant.get(f"{path}/secret")).json()
    rotated = (await tenant.post(f"{path}/rotate-secret")).json()
    assert revealed["secret"] == made["secret"] != rotated["secret"]

    seen = [
        (await tenant.get(other)).text
        for other in (path, "/endpoints", "/events", "/dispatches", "/deliveries", f"/deliveries/{logged['id']}")
    ]
    captured = capsys.readouterr()
    stored = await _everything_stored(database)
    for secret in (made["secret"], rotated["secret"]):
        for text in (*seen, caplog.text, captured.out, captured.err, stored):
            assert secret.removeprefix("whsec_") not in text
            assert secret_key(secret).hex() not in text
    assert "webhook-signature" not in seen[-1]


async def test_revealing_a_secret_is_audited(tenant: Tenant, database: ServiceDatabase):
    made = await tenant.endpoint(URL)
    await tenant.get(f"/endpoints/{made['id']}/secret")
    owner = await asyncpg.connect(database.owner_url)
    try:
        rows = await owner.fetch("SELECT value FROM webhooks.outbox WHERE topic = 'audit.recorded' ORDER BY id")
    finally:
        await owner.close()
    mine = [entry for row in rows if (entry := json.loads(row["value"]))["org_id"] == str(tenant.org_id)]
    assert [entry["action"] for entry in mine] == ["webhook_endpoint.created", "webhook_endpoint.secret_revealed"]
    assert mine[1]["target"]["id"] == made["id"]


async def test_after_a_rotation_old_and_new_secrets_verify_and_at_most_two_old_ones(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    made = await tenant.endpoint(receiver.url("/hook"))
    rotate = f"/endpoints/{made['id']}/rotate-secret"
    secrets = [made["secret"], *[(await tenant.post(rotate)).json()["secret"] for _ in range(3)]]
    await tenant.happens()
    async with delivering(database, vault):
        await eventually(lambda: receiver.at("/hook"))
    [got] = receiver.at("/hook")
    assert len(got.headers["webhook-signature"].split(" ")) == 3
    for secret in secrets[1:]:
        Webhook(secret).verify(got.body, got.headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(secrets[0]).verify(got.body, got.headers)


async def test_a_disabled_endpoint_parks_and_enabling_sends_or_discards(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    made = await tenant.endpoint(receiver.url("/hook"), "invoice.created")
    path = f"/endpoints/{made['id']}"
    await tenant.happens()
    disabled = await tenant.post(f"{path}/disable")
    assert (disabled.json()["status"], disabled.json()["disabledReason"]) == ("disabled", "manual")
    await tenant.happens()
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["parked", "parked"]
    refused = await tenant.post(f"{path}/ping")
    assert (refused.status_code, refused.json()["code"], refused.json()["currentStatus"]) == (
        *(409, "state_conflict"),
        "disabled",
    )
    await tenant.post(f"{path}/enable", {"parked": "discard"})
    assert [one["status"] for one in await tenant.list("/dispatches")] == ["discarded", "discarded"]

    await tenant.post(f"{path}/disable")
    webhook_id = await tenant.happens()
    await tenant.post(f"{path}/enable")
    async with delivering(database, vault):
        await eventually(lambda: receiver.at("/hook"))
    assert [one.headers["webhook-id"] for one in receiver.at("/hook")] == [webhook_id]


async def test_a_deleted_endpoint_gets_nothing_and_its_log_stays(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    made = await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
        await tenant.call("DELETE", f"/endpoints/{made['id']}")
        await tenant.happens()
        assert len(await tenant.list("/deliveries", endpointId=made["id"])) == 1
        [dispatch] = await tenant.list("/dispatches", endpointId=made["id"])
        refused = await tenant.post(f"/dispatches/{dispatch['id']}/replay")
        assert (refused.status_code, refused.json()["currentStatus"]) == (409, "deleted")
    assert len(receiver.at("/hook")) == 1


async def test_a_ping_answers_with_its_delivery(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    made = await tenant.endpoint(receiver.url("/hook"), "invoice.created")
    key = str(new_id())
    async with delivering(database, vault):
        answer = await tenant.post(f"/endpoints/{made['id']}/ping", key=key)
        again = await tenant.post(f"/endpoints/{made['id']}/ping", key=key)
    assert answer.status_code == again.status_code == 200
    assert answer.json() == again.json()
    assert answer.json()["status"] == "delivered"
    assert [one["statusCode"] for one in answer.json()["deliveries"]] == [204]
    [got] = receiver.at("/hook")
    assert json.loads(got.body)["data"] == {"endpointId": made["id"]}
    check_body(json.loads(got.body))
    assert (await tenant.get(answer.headers["location"].removeprefix("/api/webhooks"))).status_code == 200


async def test_a_replay_sends_the_same_id_and_bytes(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook"))
    await tenant.happens()
    async with delivering(database, vault):
        await tenant.attempts(1)
        [dispatch] = await tenant.list("/dispatches")
        answer = await tenant.post(f"/dispatches/{dispatch['id']}/replay")
        assert (answer.status_code, answer.json()["status"]) == (202, "retrying")
        _, second = await tenant.attempts(2)
    assert second["attempt"] == 2
    one, two = receiver.at("/hook")
    assert (one.headers["webhook-id"], one.body) == (two.headers["webhook-id"], two.body)


async def test_lists_go_on_from_their_cursor(tenant: Tenant):
    await tenant.endpoint(URL)
    ids = [await tenant.happens() for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await tenant.get("/events", limit=2, sort="sequence", **cursor)).json()
        seen += [event["id"] for event in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
        assert (await tenant.get("/events", limit=2, **cursor)).json()["code"] == "invalid_cursor"
    assert seen == ids
    first = (await tenant.get("/dispatches", limit=3)).json()
    rest = (await tenant.get("/dispatches", limit=3, cursor=first["nextCursor"])).json()
    assert [one["eventId"] for one in first["data"] + rest["data"]] == ids[::-1]


async def test_whoever_polls_goes_on_from_the_last_number(tenant: Tenant):
    ids, seen, last = [], [], 0
    for _ in range(3):
        ids += [await tenant.happens() for _ in range(2)]
        page = await tenant.list("/events", sort="sequence", afterSequence=last)
        seen += [event["id"] for event in page]
        assert [event["sequence"] for event in page] == [last + 1, last + 2]
        last = page[-1]["sequence"]
    assert seen == ids
    assert await tenant.list("/events", sort="sequence", afterSequence=last) == []


async def test_a_cursor_of_another_list_is_not_valid(tenant: Tenant, settings: WebhooksSettings):
    await tenant.endpoint(URL)
    for _ in range(2):
        await tenant.happens()
    own = (await tenant.get("/dispatches", limit=1)).json()["nextCursor"]
    foreign = Cursors(settings.cursor_secret).next(
        "1", PageRequest(1, None), ("a",), {}
    )  # of a list of another service
    for path in ("/endpoints", "/events", "/dispatches", "/deliveries"):
        for cursor in {own, foreign} - ({own} if path == "/dispatches" else set()):
            answer = await tenant.get(path, cursor=cursor)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/dispatches", {"endpointId": "inv_00"}),
        ("/deliveries", {"statusCode": "abc"}),
        ("/deliveries", {"limit": 0}),
        ("/events", {"colour": "red"}),
        ("/events", {"createdFrom": "yesterday"}),
        ("/events", {"type": "a,,b"}),
        ("/events", {"customerId": "a\x00"}),
        ("/events", {"afterSequence": -1}),
    ],
)
async def test_filters_that_make_no_sense_are_named(path: str, params: dict[str, Any], tenant: Tenant):
    answer = await tenant.get(path, **params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"query.{next(iter(params))}"


async def test_what_belongs_to_others_is_not_found(
    tenant: Tenant, other_tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    made = await tenant.endpoint(receiver.url("/hook"))
    event = await tenant.happens()
    async with delivering(database, vault):
        [delivery] = await tenant.attempts(1)
    [dispatch] = await tenant.list("/dispatches")
    for path in ("/endpoints", "/events", "/dispatches", "/deliveries"):
        assert await other_tenant.list(path) == []
    assert await other_tenant.list("/deliveries", endpointId=made["id"]) == []
    endpoint = f"/endpoints/{made['id']}"
    for path in (endpoint, f"{endpoint}/secret", f"/events/{event}", f"/dispatches/{dispatch['id']}",
                 f"/deliveries/{delivery['id']}", "/endpoints/inv_00", f"/events/{made['id']}"):  # fmt: skip
        assert (await other_tenant.get(path)).json()["code"] == "not_found"
    for method, path in (
        ("PATCH", endpoint),
        ("DELETE", endpoint),
        ("POST", f"{endpoint}/enable"),
        ("POST", f"{endpoint}/disable"),
        ("POST", f"{endpoint}/ping"),
        ("POST", f"{endpoint}/rotate-secret"),
        ("POST", f"/dispatches/{dispatch['id']}/replay"),
    ):
        body = {"description": "mine"} if method == "PATCH" else None
        assert (await other_tenant.call(method, path, body)).json()["code"] == "not_found"
    assert (await tenant.get(endpoint)).json()["version"] == 1


async def test_reading_is_not_writing(tenant: Tenant, http, token_keys: TokenKeys):
    made = await tenant.endpoint(URL)
    headers = token_keys.token_headers("webhooks", [READ], org_id=tenant.org_id, idempotency_key="k")
    answer = await http.post(f"/api/webhooks/endpoints/{made['id']}/ping", headers=headers)
    assert (answer.status_code, answer.json()["requiredScope"]) == (403, "webhooks:write")
    assert (await http.get(f"/api/webhooks/endpoints/{made['id']}/secret", headers=headers)).status_code == 403
    assert (await http.get("/api/webhooks/endpoints")).status_code == 401


async def test_event_types_are_described(tenant: Tenant):
    kinds = await tenant.list("/event-types")
    assert {"invoice.created", "ping", "endpoint.disabled"} <= {kind["name"] for kind in kinds}
    for kind in kinds:
        published = json.loads((PUBLISHED / f"{kind['name']}.json").read_text(encoding="utf-8"))
        assert published["properties"]["data"]["required"] == kind["schema"]["required"]
