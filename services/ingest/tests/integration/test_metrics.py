"""Metrics: one effect for one key, and known to Kafka before the caller is told."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tracked_tenant import Tenant, announce, read_all

from usageflow_common.kafka import Bus, Producer
from usageflow_common.metering import AGGREGATIONS
from usageflow_common.records import AuditRecord, MetricRecord
from usageflow_common.testing.eventually import eventually
from usageflow_common.testing.organizations import organization_record
from usageflow_common.topics import AUDIT_RECORDED, METRICS_CHANGED, ORGANIZATIONS_CHANGED, tenant_key

DEFINITION = {"code": "API_CALL", "name": "API calls", "aggregation": "SUM"}
EVENT = {"metric": "API_CALL", "customerId": "user_123"}


async def records_of(bus: Bus, org_id: UUID) -> list[MetricRecord]:
    found = [record for _, record in await read_all(bus, METRICS_CHANGED)]
    return [record for record in found if isinstance(record, MetricRecord) and record.org_id == org_id]


async def refused(tenant: Tenant, code: str) -> bool:
    answer = await tenant.track(EVENT)
    return answer.status_code == 422 and answer.json()["code"] == code


async def test_a_201_means_that_kafka_has_the_metric(tenant: Tenant) -> None:
    answer = await tenant.mutate("/api/metrics", DEFINITION | {"unit": "call", "metadata": {"Team": "core"}})
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    metric = answer.json()
    assert metric["activeFrom"] == metric["createdAt"]
    assert metric | {"id": "", "activeFrom": "", "createdAt": ""} == {
        "id": "",
        "code": "API_CALL",
        "name": "API calls",
        "description": None,
        "unit": "call",
        "eventName": "API_CALL",
        "aggregation": "SUM",
        "valueProperty": None,
        "filters": [],
        "groupBy": [],
        "status": "active",
        "activeFrom": "",
        "metadata": {"Team": "core"},
        "createdAt": "",
        "version": 1,
    }
    [record] = await records_of(tenant.bus, tenant.org_id)
    assert f"met_{record.metric_id.hex}" == metric["id"]
    assert (record.code, record.status) == ("API_CALL", "active")
    read = await tenant.get(f"/api/metrics/{metric['id']}")
    assert read.json() == metric


async def test_the_same_key_makes_one_metric_and_gets_one_answer(tenant: Tenant) -> None:
    first, second = await asyncio.gather(
        tenant.mutate("/api/metrics", DEFINITION, key="make"), tenant.mutate("/api/metrics", DEFINITION, key="make")
    )
    assert {first.status_code, second.status_code} <= {201, 409}
    replay = await tenant.mutate("/api/metrics", DEFINITION, key="make")
    assert replay.headers["idempotent-replayed"] == "true"
    made = first if first.status_code == 201 else second
    assert replay.content == made.content
    assert len(await records_of(tenant.bus, tenant.org_id)) == 1


async def test_a_code_that_is_taken_is_409(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    answer = await tenant.mutate("/api/metrics", DEFINITION)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"][0]["field"]) == (409, "already_exists", "/code")


async def test_a_further_metric_of_an_event_counts_a_minute_later(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    further = await tenant.metric("CALLS", eventName="API_CALL", aggregation="COUNT")
    begins, made = (datetime.fromisoformat(further[name]) for name in ("activeFrom", "createdAt"))
    assert begins - made == timedelta(seconds=60)


async def test_two_first_metrics_of_an_event_at_once_are_one_first(tenant: Tenant) -> None:
    made = await asyncio.gather(*(tenant.metric(f"M{n}", eventName="signup") for n in range(4)))
    assert sum(metric["activeFrom"] == metric["createdAt"] for metric in made) == 1


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"aggregation": "MEDIAN"}, "/aggregation", "invalid_value"),
        ({"aggregation": None}, "/aggregation", "invalid_type"),
        ({"code": "a b"}, "/code", "invalid_value"),
        ({"code": "A\n"}, "/code", "invalid_value"),
        ({"name": ""}, "/name", "invalid_value"),
        ({"name": "x" * 201}, "/name", "too_long"),
        ({"filters": [{"property": "a"}]}, "/filters/0/operator", "required"),
        ({"filters": [{"property": "a b", "operator": "exists"}]}, "/filters/0/property", "invalid_value"),
        ({"filters": [{"property": "a", "operator": "like", "value": "x"}]}, "/filters/0/operator", "invalid_value"),
        ({"filters": [{"property": "a", "operator": "equals"}]}, "/filters/0/value", "required"),
        ({"filters": [{"property": "a", "operator": "in", "value": "x"}]}, "/filters/0/value", "invalid_type"),
        ({"filters": [{"property": "a", "operator": "gt", "value": "x"}]}, "/filters/0/value", "invalid_value"),
        ({"filters": [{"property": "a", "operator": "exists", "colour": 1}]}, "/filters/0/colour", "unknown_field"),
        ({"filters": [{"property": "a", "operator": "exists"}] * 11}, "/filters", "too_long"),
        ({"filters": {"property": "a"}}, "/filters", "invalid_type"),
        ({"groupBy": ["a", "b", "c", "d", "e", "f"]}, "/groupBy", "too_long"),
        ({"groupBy": ["a", "a"]}, "/groupBy", "duplicate"),
        ({"groupBy": ["customerId"]}, "/groupBy", "invalid_value"),
        ({"groupBy": ["a b"]}, "/groupBy/0", "invalid_value"),
        ({"aggregation": "COUNT", "valueProperty": "bytes"}, "/valueProperty", "invalid_value"),
        ({"aggregation": "UNIQUE"}, "/valueProperty", "required"),
        ({"valueProperty": "a b"}, "/valueProperty", "invalid_value"),
        ({"status": "active"}, "/status", "unknown_field"),
        ({"metadata": {"a": 1}}, "/metadata/a", "invalid_type"),
    ],
)
async def test_a_definition_that_is_not_valid_is_named(
    tenant: Tenant, changes: dict[str, Any], field: str, code: str
) -> None:
    answer = await tenant.mutate("/api/metrics", DEFINITION | changes)
    assert answer.status_code == 422, answer.text
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]


FILTERS = [
    {"property": "status", "operator": "in", "value": [200, "201", True]},
    {"property": "size", "operator": "gte", "value": 1.50},
    {"property": "region", "operator": "exists"},
]


async def test_a_definition_is_kept_and_told_in_canonical_form(tenant: Tenant) -> None:
    metric = await tenant.metric("SEATS", aggregation="WEIGHTED_SUM", filters=FILTERS, groupBy=["plan", "region"])
    kept = [
        {"property": "status", "operator": "in", "value": ["200", "201", True]},
        {"property": "size", "operator": "gte", "value": "1.5"},
        {"property": "region", "operator": "exists", "value": True},
    ]
    assert (metric["filters"], metric["groupBy"]) == (kept, ["plan", "region"])
    assert (await tenant.get(f"/api/metrics/{metric['id']}")).json() == metric
    [record] = await records_of(tenant.bus, tenant.org_id)
    assert [msgspec.structs.asdict(one) for one in record.filters] == kept
    assert (record.aggregation, record.group_by) == ("WEIGHTED_SUM", ("plan", "region"))


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_every_aggregation_can_be_made_and_takes_events(tenant: Tenant, aggregation: str) -> None:
    of_property = {} if aggregation == "COUNT" else {"valueProperty": "size"}
    metric = await tenant.metric("API_CALL", aggregation=aggregation, **of_property)
    assert (await tenant.track(EVENT | {"properties": {"size": 2}}, key="with")).status_code == 202
    without = await tenant.track(EVENT, key="without")
    assert without.status_code == (202 if aggregation == "COUNT" else 422), without.text
    assert [f"met_{m.hex}" for m in (await tenant.events())[0].metric_ids] == [metric["id"]]


async def test_an_event_that_filters_leave_out_is_accepted_and_feeds_nothing(tenant: Tenant) -> None:
    await tenant.metric("API_CALL", filters=[{"property": "status", "operator": "equals", "value": 200}])
    answers = [await tenant.track(EVENT | {"properties": {"status": s}}, key=str(s)) for s in (200, "200", 404)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    fed = {event.idempotency_key: len(event.metric_ids) for event in await tenant.events()}
    assert fed == {"200": 1, "404": 0}


async def test_the_words_of_a_metric_change_and_its_definition_does_not(tenant: Tenant) -> None:
    metric = await tenant.metric("API_CALL", unit="call", metadata={"team": "core", "tier": "1"}, filters=FILTERS)
    patch = {"name": "Calls", "description": "All of them", "unit": None, "metadata": {"tier": None, "owner": "ada"}}
    changed = await tenant.patch(metric, patch)
    expected = metric | patch | {"metadata": {"team": "core", "owner": "ada"}, "version": 2}
    assert (changed.status_code, changed.json(), changed.headers["etag"]) == (200, expected, '"2"')
    assert (await tenant.get(f"/api/metrics/{metric['id']}")).json() == expected
    assert (await records_of(tenant.bus, tenant.org_id))[-1].version == 2
    cleared = await tenant.patch(metric, {"metadata": None})
    assert (cleared.json()["metadata"], cleared.json()["version"]) == ({}, 3)
    nothing = await tenant.patch(metric, {"name": "Calls"})
    assert (nothing.status_code, nothing.json()["version"]) == (200, 3)
    for field in ("code", "eventName", "aggregation", "valueProperty", "filters", "groupBy", "status", "version"):
        refused_change = await tenant.patch(metric, {field: metric[field]})
        assert refused_change.status_code == 422
        assert [(e["field"], e["code"]) for e in refused_change.json()["errors"]] == [(f"/{field}", "unknown_field")]


@pytest.mark.parametrize(
    ("patch", "field", "code"),
    [
        ({"name": None}, "/name", "required"),
        ({"name": ""}, "/name", "invalid_value"),
        ({"unit": "x" * 65}, "/unit", "too_long"),
        ({"metadata": {"a": 1}}, "/metadata/a", "invalid_type"),
        ({"metadata": {str(n): "x" for n in range(51)}}, "/metadata", "too_long"),
    ],
)
async def test_a_patch_that_is_not_valid_is_named(tenant: Tenant, patch: dict[str, Any], field: str, code: str) -> None:
    answer = await tenant.patch(await tenant.metric("API_CALL"), patch)
    assert answer.status_code == 422, answer.text
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]


async def test_no_update_is_lost_and_none_is_repeated(tenant: Tenant) -> None:
    metric = await tenant.metric("API_CALL")
    path = f"/api/metrics/{metric['id']}"
    first = await tenant.patch(metric, {"name": "First"}, key="rename", If_Match='"1"')
    again = await tenant.patch(metric, {"name": "First"}, key="rename", If_Match='"1"')
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (200, 200, "true")
    stale = await tenant.patch(metric, {"name": "Second"}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    shown = await tenant.get(path)
    assert shown.json()["name"] == "First"
    known = await tenant.client.get(path, headers=tenant.headers() | {"If-None-Match": shown.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    older = await tenant.client.get(path, headers=tenant.headers() | {"If-None-Match": '"1"'})
    assert older.status_code == 200
    last = await tenant.patch(metric, {"name": "Last"}, If_Match=shown.headers["etag"])
    assert (last.status_code, last.json()["name"]) == (200, "Last")
    assert (await tenant.patch({"id": f"met_{UUID(int=1).hex}"}, {"name": "x"})).status_code == 404


async def test_an_event_name_has_a_bounded_number_of_active_metrics(tenant: Tenant) -> None:
    made = [await tenant.metric(f"M{n}", eventName="signup") for n in range(50)]
    body = {"code": "M50", "name": "One more", "aggregation": "COUNT", "eventName": "signup"}
    refusal = await tenant.mutate("/api/metrics", body)
    assert [(e["field"], e["code"]) for e in refusal.json()["errors"]] == [("/eventName", "out_of_range")]
    await tenant.mutate(f"/api/metrics/{made[0]['id']}/archive")
    assert (await tenant.mutate("/api/metrics", body)).status_code == 201
    assert (await tenant.mutate(f"/api/metrics/{made[0]['id']}/unarchive")).status_code == 422


async def test_an_archived_metric_refuses_its_events_until_it_returns(tenant: Tenant) -> None:
    metric = await tenant.metric("API_CALL")
    archived = await tenant.mutate(f"/api/metrics/{metric['id']}/archive")
    assert (archived.status_code, archived.json()["status"], archived.json()["version"]) == (200, "archived", 2)
    again = await tenant.mutate(f"/api/metrics/{metric['id']}/archive")
    assert (again.status_code, again.json()["currentStatus"]) == (409, "archived")
    await eventually(lambda: refused(tenant, "metric_archived"))
    assert (await tenant.mutate(f"/api/metrics/{metric['id']}/unarchive")).json()["status"] == "active"
    assert (await tenant.track(EVENT, key="after")).status_code == 202


async def test_no_event_is_refused_by_an_older_view_of_the_metrics(tenant: Tenant, producer: Producer) -> None:
    """What Kafka has acknowledged holds for whoever sends events next, however little ingest has read of it."""
    await tenant.metric("API_CALL")
    await tenant.metric("BYTES", eventName="API_CALL", valueProperty="bytes")
    calls, bytes_sent = await records_of(tenant.bus, tenant.org_id)

    async def change(metric: MetricRecord, status: str, version: int) -> None:
        changed = msgspec.structs.replace(metric, status=status, version=version, active_from=metric.created_at)
        await announce(producer, METRICS_CHANGED, tenant_key(tenant.org_id, metric.metric_id), changed)

    for turn in (1, 3, 5):
        await change(bytes_sent, "archived", 2 * turn)
        assert (await tenant.track(EVENT)).status_code == 202  # without the property that only this metric needs
        await change(calls, "archived", 2 * turn)
        await eventually(lambda: refused(tenant, "metric_archived"))
        await change(calls, "active", 2 * turn + 1)
        assert (await tenant.track(EVENT)).status_code == 202
        await change(bytes_sent, "active", 2 * turn + 1)
        await eventually(lambda: refused(tenant, "property_missing"))


async def test_a_metric_that_shares_its_event_counts_again_a_minute_after_its_return(tenant: Tenant) -> None:
    await tenant.metric("API_CALL")
    further = await tenant.metric("CALLS", eventName="API_CALL", aggregation="COUNT")
    path = f"/api/metrics/{further['id']}"
    assert (await tenant.mutate(f"{path}/archive")).json()["activeFrom"] == further["activeFrom"]
    returned = (await tenant.mutate(f"{path}/unarchive")).json()
    assert returned["activeFrom"] > further["activeFrom"]
    assert (await tenant.get(path)).json() == returned
    assert (
        (await records_of(tenant.bus, tenant.org_id))[-1]
        .active_from.isoformat()
        .startswith(returned["activeFrom"].removesuffix("Z"))
    )


async def test_a_change_is_audited_with_who_and_what(tenant: Tenant) -> None:
    metric = await tenant.metric("API_CALL")
    await tenant.mutate(f"/api/metrics/{metric['id']}/archive")

    async def entries() -> list[AuditRecord]:
        found = [record for _, record in await read_all(tenant.bus, AUDIT_RECORDED)]
        return [r for r in found if isinstance(r, AuditRecord) and r.org_id == tenant.org_id]

    async def both() -> bool:
        return len(await entries()) == 2

    await eventually(both)
    made, archived = await entries()
    assert (made.action, made.target, made.actor.type) == (
        "metric.created",
        {"type": "metric", "id": metric["id"]},
        "api_key",
    )
    assert (archived.action, archived.before, archived.after) == (
        "metric.archived",
        {"status": "active"},
        {"status": "archived"},
    )


async def test_a_list_is_paged_from_the_newest_and_bound_to_its_filters(tenant: Tenant) -> None:
    made = [(await tenant.metric(f"M{n}"))["code"] for n in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = (await tenant.get("/api/metrics", **parameters)).json()
        seen += [metric["code"] for metric in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
        stranger = await tenant.get("/api/metrics", limit=2, cursor=cursor, status="archived")
        assert (stranger.status_code, stranger.json()["code"]) == (400, "invalid_cursor")
    assert seen == made[::-1]
    assert [m["code"] for m in (await tenant.get("/api/metrics", code="M1,M3")).json()["data"]] == ["M3", "M1"]
    assert (await tenant.get("/api/metrics", limit=201)).status_code == 422
    assert (await tenant.get("/api/metrics", colour="red")).status_code == 422


async def test_another_organizations_metric_is_not_found(
    tenant: Tenant, client: httpx.AsyncClient, producer: Producer
) -> None:
    metric = await tenant.metric("API_CALL")
    other = Tenant(client, tenant.keys, tenant.bus)
    await announce(producer, ORGANIZATIONS_CHANGED, tenant_key(other.org_id), organization_record(other.org_id))
    assert (await other.get(f"/api/metrics/{metric['id']}")).status_code == 404
    assert (await other.mutate(f"/api/metrics/{metric['id']}/archive")).status_code == 404
    assert (await other.get("/api/metrics")).json() == {"data": [], "nextCursor": None}
    event = await other.track({"metric": "API_CALL", "customerId": "a"}, key="theirs")
    assert event.json()["code"] == "unknown_metric"


async def test_reading_needs_its_scope(tenant: Tenant) -> None:
    tenant.scopes = ("track:write",)
    assert (await tenant.get("/api/metrics")).status_code == 403
    assert (await tenant.mutate("/api/metrics", DEFINITION)).status_code == 403
