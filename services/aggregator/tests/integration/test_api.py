"""What callers and the invoicer are answered."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_client import open_api, until_ready

from usageflow_aggregator.domain.digest import add_digests, digest_text
from usageflow_common.ids import event_id, new_id
from usageflow_common.testing import caller
from usageflow_common.testing.organizations import announcement_of, organization_record

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(module_world):
    """One world for all of them."""
    return module_world


@pytest.fixture(scope="module")
async def api(world, token_keys):
    """A client of the API over a world in which 40 events of 1, one a minute from 12:00 on, and one of 0.5 on March 28 are counted."""
    for number in range(40):
        await world.use(f"call-{number}", partition=number % 2, at=NOON + timedelta(minutes=number))
    await world.use("other", amount="0.5", customer="user_456", at=datetime(2026, 3, 28, 22, 59, tzinfo=UTC))
    for partition in (0, 1):
        await world.resume(partition)
        await world.handler.handle(await world.batch(0, partition))
    await _publish_organization(world)
    async with open_api(world, token_keys) as client:
        client.headers = token_keys.token_headers("aggregator", ["usage:read", "events:read"], org_id=world.org_id)
        await until_ready(client)
        yield client


@pytest.fixture
def invoicer(token_keys, world):
    """Headers of the invoicer, which speaks for itself."""
    return token_keys.headers("aggregator", caller(org_id=world.org_id, issuer="usageflow-invoicer", role=None))


async def test_usage_of_a_ragged_range_is_exact(api):
    for start, end, expected in [
        ("12:00:00", "12:40:00", 40),
        ("12:01:00", "12:16:00", 15),
        ("12:07:00", "12:08:00", 1),
        ("12:07:00.000001", "12:08:00", 0),
        ("11:00:00", "12:00:00.000001", 1),
        ("12:14:00", "12:31:00", 17),
    ]:
        answer = await _usage(api, **{"from": f"2026-03-01T{start}Z", "to": f"2026-03-01T{end}Z"})
        assert (answer["total"]["value"], answer["total"]["eventCount"]) == (str(expected), expected)
        assert answer["data"][0]["value"] == answer["total"]["value"]


async def test_usage_by_quarter_hours_tiles_the_range_and_has_every_window(api):
    answer = await _usage(
        api, **{"from": "2026-03-01T12:10:00Z", "to": "2026-03-01T13:00:00Z", "windowSize": "quarter_hour"}
    )

    assert [(row["windowStart"][11:16], row["windowEnd"][11:16], row["value"]) for row in answer["data"]] == [
        ("12:10", "12:15", "5"),
        ("12:15", "12:30", "15"),
        ("12:30", "12:45", "10"),
        ("12:45", "13:00", "0"),
    ]
    assert answer["total"] == {"value": "30", "eventCount": 30}
    assert answer["data"][0]["group"] == {}


async def test_receipts_are_answered_by_window_and_their_sum_is_what_was_counted(api, world):
    [kept] = await world.query(
        "SELECT min(received_at) AS first, max(received_at) AS last, count(*) AS events FROM usage_events"
    )
    span = {"from": kept["first"].isoformat(), "to": (kept["last"] + timedelta(seconds=1)).isoformat()}

    answer = (await api.get("/api/analytics/events", params={**span, "windowSize": "quarter_hour"})).json()

    assert sum(row["counted"] for row in answer["data"]) == kept["events"]
    assert sum(row["duplicates"] for row in answer["data"]) == 0
    assert answer["from"].endswith(("00:00Z", "15:00Z", "30:00Z", "45:00Z"))
    assert answer["countedThrough"] is None or answer["countedThrough"].endswith("Z")
    empty = await api.get("/api/analytics/events", params={"from": span["to"], "to": span["from"]})
    assert empty.status_code == 422


async def test_days_are_those_of_the_zone_across_a_clock_change(api):
    answer = await _usage(
        api, **{"from": "2026-03-28", "to": "2026-03-31", "windowSize": "day", "timeZone": "Europe/Berlin"}
    )

    assert [(row["windowStart"], row["value"]) for row in answer["data"]] == [
        ("2026-03-27T23:00:00Z", "0.5"),
        ("2026-03-28T23:00:00Z", "0"),
        ("2026-03-29T22:00:00Z", "0"),
    ]
    assert answer["to"] == "2026-03-30T22:00:00Z"


async def test_the_organizations_zone_is_the_default(api):
    answer = await _usage(api, **{"from": "2026-03-01", "to": "2026-03-02"})

    assert (answer["timeZone"], answer["from"]) == ("Asia/Kathmandu", "2026-02-28T18:15:00Z")


async def test_usage_of_some_customers(api):
    march = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}

    assert (await _usage(api, customerId="user_456", **march))["total"]["value"] == "0.5"
    assert (await _usage(api, customerId="user_456,user_123", **march))["total"]["value"] == "40.5"
    assert (await _usage(api, customerId="nobody", **march))["total"] == {"value": "0", "eventCount": 0}


async def test_windows_are_paged_and_the_total_is_that_of_the_range(api):
    query = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:00:00Z", "windowSize": "quarter_hour", "limit": "3"}
    first = await _usage(api, **query)
    second = await _usage(api, cursor=first["nextCursor"], **query)

    assert [row["value"] for row in first["data"] + second["data"]] == ["15", "15", "10", "0"]
    assert (second["total"]["value"], second["nextCursor"]) == ("40", None)


async def test_customers_are_told_apart_and_put_in_order_by_value(api):
    march = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z", "groupBy": "customerId", "order": "-value"}
    first = await _usage(api, limit="1", **march)
    second = await _usage(api, limit="1", cursor=first["nextCursor"], **march)

    assert [(row["group"], row["value"]) for row in first["data"] + second["data"]] == [
        ({"customerId": "user_123"}, "40"),
        ({"customerId": "user_456"}, "0.5"),
    ]
    assert (second["nextCursor"], second["groupBy"], second["total"]["value"]) == (None, ["customerId"], "40.5")


async def test_the_period_before_and_the_change_since(api):
    half_hours = {"from": "2026-03-01T12:20:00Z", "to": "2026-03-01T12:40:00Z", "compare": "previous_period"}
    answer = await _usage(api, **half_hours)

    assert (answer["total"]["value"], answer["previous"]["total"]["value"], answer["change"]) == ("20", "20", "0")
    assert (answer["previous"]["from"], answer["previous"]["to"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:20:00Z")
    assert answer["previous"]["data"][0]["value"] == "20"

    april = await _usage(api, timeZone="UTC", compare="previous_period", **{"from": "2026-04-01", "to": "2026-05-01"})
    assert (april["previous"]["from"], april["previous"]["to"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
    assert (april["previous"]["total"]["value"], april["change"]) == ("40.5", "-1")

    march = await _usage(api, timeZone="UTC", compare="previous_period", **{"from": "2026-03-01", "to": "2026-04-01"})
    assert (march["previous"]["from"], march["previous"]["total"]["value"]) == ("2026-02-01T00:00:00Z", "0")
    assert march["change"] is None


async def test_counted_through_is_an_instant_and_nothing_is_counted_beyond_it(api):
    answer = await _usage(api, **{"from": "2026-03-01", "to": "2026-03-02"})

    assert answer["countedThrough"].endswith("Z")
    assert (answer["previous"], answer["change"], answer["groupBy"]) == (None, None, [])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"metric": "UNKNOWN"}, "reference_not_found", "query.metric"),
        ({"groupBy": "region"}, "validation_failed", "query.groupBy"),
        ({"groupBy": "customerId,customerId"}, "validation_failed", "query.groupBy"),
        ({"compare": "last_year"}, "validation_failed", "query.compare"),
        ({"order": "value"}, "validation_failed", "query.order"),
        ({"order": "-value", "windowSize": "day"}, "validation_failed", "query.order"),
        ({"group.": "eu"}, "validation_failed", "query.group."),
        ({"groupby": "customerId"}, "validation_failed", "query.groupby"),
        ({"group.region": "eu"}, "validation_failed", "query.group.region"),
        ({"from": "yesterday"}, "validation_failed", "query.from"),
        ({"from": "2026-02-30"}, "validation_failed", "query.from"),
        ({"from": "2026-03-01T00:00:00"}, "validation_failed", "query.from"),
        ({"to": "2026-03-01"}, "validation_failed", "query.to"),
        ({"to": "1970-01-01"}, "validation_failed", "query.to"),
        ({"to": "2028-01-01"}, "range_too_large", None),
        ({"to": "2026-12-01", "windowSize": "quarter_hour"}, "range_too_large", None),
        ({"windowSize": "week"}, "validation_failed", "query.windowSize"),
        ({"timeZone": "Mars/Olympus"}, "validation_failed", "query.timeZone"),
        ({"customerId": "a,,b"}, "validation_failed", "query.customerId"),
        ({"limit": "0"}, "validation_failed", "query.limit"),
    ],
)
async def test_a_query_that_is_not_valid_is_told_which_field(api, changes, code, field):
    query = {"metric": "API_CALL", "from": "2026-03-01", "to": "2026-03-02", **changes}

    response = await api.get("/api/usage", params=query)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert field is None or [error["field"] for error in response.json()["errors"]] == [field]


async def test_a_cursor_of_other_filters_is_refused(api):
    query = {"metric": "API_CALL", "from": "2026-03-01", "to": "2026-03-02", "windowSize": "hour", "limit": "3"}
    cursor = (await api.get("/api/usage", params=query)).json()["nextCursor"]

    response = await api.get("/api/usage", params={**query, "windowSize": "day", "cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


async def test_one_event_is_shown_as_it_was_counted(api, world):
    identity = event_id(world.org_id, "other")

    body = (await api.get(f"/api/events/{identity}")).json()

    assert body | {"offset": None, "hash": None} == {
        "eventId": str(identity), "metric": "API_CALL", "amount": "0.5", "customerId": "user_456",
        "timestamp": "2026-03-28T22:59:00Z", "properties": {}, "idempotencyKey": "other",
        "receivedAt": "2026-03-01T12:00:00Z", "status": "counted", "revision": 1, "backfillId": None,
        "partition": 0, "offset": None, "hash": None, "corrections": [],
    }  # fmt: skip
    assert len(body["hash"]) == 64


async def test_an_event_that_is_not_counted_or_belongs_to_another_tenant_is_not_found(api, world, token_keys):
    stranger = token_keys.token_headers("aggregator", ["events:read"])

    assert (await api.get(f"/api/events/{new_id()}")).status_code == 404
    assert (await api.get("/api/events/none")).status_code == 404
    response = await api.get(f"/api/events/{event_id(world.org_id, 'other')}", headers=stranger)
    assert response.status_code == 404


async def test_routes_are_closed_to_whoever_may_not_use_them(api, invoicer, token_keys, world):
    events_only = token_keys.token_headers("aggregator", ["events:read"], org_id=world.org_id)
    usage = "/api/usage?metric=API_CALL&from=2026-03-01&to=2026-03-02"

    assert (await api.get(usage, headers={"Authorization": ""})).status_code == 401
    assert (await api.get(usage, headers=events_only)).json()["code"] == "insufficient_scope"
    assert (await api.post("/internal/recompute", json=_selection(world))).status_code == 401
    assert (await api.post("/internal/events", json=_selection(world))).status_code == 401
    assert (await api.get("/internal/progress")).status_code == 401
    all_scopes = caller("usage:read", org_id=world.org_id, issuer="usageflow-invoicer", role=None)
    response = await api.get(usage, headers=token_keys.headers("aggregator", all_scopes))
    assert response.status_code == 401, "the invoicer's own key opens the internal routes alone"


async def test_the_invoicer_learns_how_far_each_partition_is_counted(api, invoicer, world):
    offsets = await world.query("SELECT partition, next_offset FROM consumer_offsets ORDER BY partition")
    response = await api.get("/internal/progress", headers=invoicer)
    assert response.status_code == 200, response.text
    told = response.json()["partitions"]
    assert [(each["partition"], each["next"]) for each in told] == [tuple(row) for row in offsets]
    kept = await world.query("SELECT counted_through FROM partition_progress ORDER BY partition")
    assert [datetime.fromisoformat(each["countedThrough"]) for each in told] <= [row[0] for row in kept]
    assert len(told) == len(offsets) == 2


async def test_a_recount_below_the_cut_equals_the_windows_and_their_digests(api, invoicer, world):
    kept = await world.query(
        "SELECT window_start_at, sum(digest) AS digest FROM aggregated_usage GROUP BY 1 ORDER BY 1"
    )

    answer = await _post(api, "/internal/windows", _selection(world), invoicer)

    assert (answer["value"], answer["eventCount"], answer["nextCursor"]) == ("40", 40, None)
    assert [row["value"] for row in answer["windows"]] == ["15", "15", "10"]
    digests = [int(row["digest"]) % 2**256 for row in kept[:3]]
    assert [row["digest"] for row in answer["windows"]] == [digest_text(digest) for digest in digests]
    assert answer["digest"] == digest_text(add_digests(digests))
    assert answer["windows"][0]["windowStart"] == "2026-03-01T12:00:00Z"
    assert answer["windows"][0]["windowEnd"] == "2026-03-01T12:15:00Z"


async def test_a_recount_takes_only_what_lies_below_the_cut(api, invoicer, world):
    for cut, expected in [({"0": 6, "1": 1}, 5), ({"0": 1}, 0), ({"1": 11}, 10), ({}, 0), ({"7": 100}, 0)]:
        answer = await _post(api, "/internal/recompute", _selection(world, cut=cut), invoicer)
        assert answer["eventCount"] == expected
        windows = await _post(api, "/internal/windows", _selection(world, cut=cut), invoicer)
        assert windows["eventCount"] == sum(window["eventCount"] for window in windows["windows"]) == expected
    assert (await _post(api, "/internal/recompute", _selection(world, cut={}), invoicer))["value"] == "0"


async def test_windows_and_events_of_a_recount_are_paged(api, invoicer, world):
    windows, events = [], []
    for path, found, key in [("/internal/windows", windows, "windows"), ("/internal/events", events, "data")]:
        cursor = None
        while True:
            body = _selection(world, limit=2 if key == "windows" else 15, cursor=cursor)
            answer = await _post(api, path, body, invoicer)
            found.extend(answer[key])
            cursor = answer["nextCursor"]
            if cursor is None:
                break

    assert [row["value"] for row in windows] == ["15", "15", "10"]
    assert [event["idempotencyKey"] for event in events] == [f"call-{number}" for number in range(40)]


async def test_an_event_that_was_tampered_with_shows_in_the_digest(api, invoicer, world):
    before = await _post(api, "/internal/recompute", _selection(world), invoicer)
    await world.query("ALTER TABLE usage_events DISABLE TRIGGER refuse_change")
    await world.query("UPDATE usage_events SET metric = 'OTHER' WHERE idempotency_key = 'call-3'")

    after = await _post(api, "/internal/recompute", _selection(world), invoicer)

    assert (after["value"], before["value"]) == ("40", "40")
    assert after["digest"] != before["digest"]
    page = await _post(api, "/internal/events", _selection(world, limit=200), invoicer)
    assert "OTHER" in [event["metric"] for event in page["data"]]
    await world.query("UPDATE usage_events SET metric = 'API_CALL' WHERE idempotency_key = 'call-3'")
    await world.query("ALTER TABLE usage_events ENABLE TRIGGER refuse_change")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": "2026-03-01T00:00:00Z"}, "/to"),
        ({"group": {"region": "eu"}}, "/group/region"),
        ({"metricId": str(new_id())}, "/metricId"),
        ({"cut": {"x": 1}}, "/cut/x"),
        ({"cut": {"0": -1}}, "/cut/0"),
        ({"customerId": "a b"}, "/customerId"),
        ({"limit": 10_001}, "/limit"),
        ({"extra": 1}, "/extra"),
    ],
)
async def test_a_recount_that_is_not_valid_is_told_which_field(api, invoicer, world, changes, field):
    response = await api.post("/internal/recompute", json={**_selection(world), **changes}, headers=invoicer)

    assert response.status_code == 422
    assert field in [error["field"] for error in response.json()["errors"]]


async def test_a_metric_that_was_made_a_moment_ago_is_found(api, world):
    record = msgspec.structs.replace(
        _metric_of(world), metric_id=new_id(), code="NEW", event_name="NEW", aggregation="COUNT"
    )
    await world.publish(record)

    answer = await _usage(api, metric="NEW", **{"from": "2026-03-01", "to": "2026-03-02"})

    assert (answer["aggregation"], answer["total"]["value"]) == ("COUNT", "0")


def _metric_of(world):
    return next(iter(world.catalog.records.values()))


def _selection(world, **changes):
    return {
        "metricId": str(_metric_of(world).metric_id),
        "customerId": "user_123",
        "from": "2026-03-01T00:00:00Z",
        "to": "2026-04-01T00:00:00Z",
        "group": {},
        "cut": {"0": 1_000, "1": 1_000},
        **changes,
    }


async def _usage(api, metric="API_CALL", **query):
    response = await api.get("/api/usage", params={"metric": metric, **query})
    assert response.status_code == 200, response.text
    return response.json()


async def _post(api, path, body, headers):
    response = await api.post(path, json=body, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def _publish_organization(world):
    record = organization_record(world.org_id, time_zone="Asia/Kathmandu")
    await world.producer.send(announcement_of(record))
