"""What nobody should send: each gets its documented problem at the front door, and nothing is half done."""

import json
from uuid import UUID

import httpx
import pytest

NOBODY = UUID("5b2f6a51-3f0e-4f2b-9a5e-1d6c0b7e8f90")
"""Made once and used for nothing: every worker collects the same tests."""

LARGE = "x" * (9 * 2**20)


def event(**changes):
    return json.dumps({"metric": "API_CALL", "customerId": "user_123", **changes}).encode()


TRACK = {
    "malformed JSON": (b'{"metric":', 400, "malformed_request"),
    "nothing at all": (b"", 400, "malformed_request"),
    "invalid UTF-8": (b'{"metric":"\xff"}', 400, "malformed_request"),
    "a byte order mark": (b"\xef\xbb\xbf" + event(), 400, "malformed_request"),
    "a list": (b"[]", 422, None),
    "an unknown metric": (event(metric="NOT_THERE"), 422, "unknown_metric"),
    "no customer": (b'{"metric":"API_CALL"}', 422, None),
    "a customer of another type": (event(customerId=7), 422, None),
    "a NUL in the customer": (event(customerId="a\u0000b"), 422, "customer_id_invalid"),
    "an unknown field": (event(colour="red"), 422, "unknown_field"),
    "NaN": (b'{"metric":"API_CALL","customerId":"c","amount":NaN}', 400, None),
    "a quoted NaN": (event(amount="NaN"), 422, "amount_invalid"),
    "1e400000": (b'{"metric":"API_CALL","customerId":"c","amount":1e400000}', 422, "amount_out_of_range"),
    "a quoted 1e400000": (event(amount="1e400000"), 422, "amount_invalid"),
    "thirteen decimals": (event(amount="0.0000000000001"), 422, "amount_too_precise"),
    "a time in the future": (event(timestamp="2199-01-01T00:00:00Z"), 422, "timestamp_in_future"),
    "a time too long ago": (event(timestamp="2001-01-01T00:00:00Z"), 422, "timestamp_too_old"),
    "a time without zone": (event(timestamp="2026-11-01T00:00:00"), 422, "timestamp_invalid"),
    "an event over 16 KiB": (event(properties={"p": "x" * 17_000}), 413, None),
}


@pytest.mark.parametrize("case", TRACK, ids=TRACK.keys())
async def test_a_bad_event_gets_its_documented_problem(tenant, case):
    await tenant.prepare()
    body, status, code = TRACK[case]
    response = await tenant.http.post("/api/track", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in ({status} if code else {400, 413, 422}), response.text
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["requestId"] == response.headers["x-request-id"]
    assert code is None or problem["code"] == code


async def test_good_neighbours_of_bad_events_are_kept(tenant):
    await tenant.prepare()
    events = [tenant.call(1), tenant.call(2, metric="NOT_THERE"), tenant.call(3, amount="NaN"), tenant.call(4)]
    response = await tenant.http.post("/api/track/batch", json={"events": events})
    assert response.status_code == 202
    answer = response.json()
    assert (answer["accepted"], answer["rejectedCount"]) == (2, 2)
    assert [(bad["index"], bad["code"]) for bad in answer["rejected"]] == [(1, "unknown_metric"), (2, "amount_invalid")]
    assert await tenant.counted(2) == {"value": "2", "eventCount": 2}


async def test_a_body_over_the_limit_is_refused(tenant):
    response = await tenant.http.post("/api/track/batch", content=LARGE, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("credentials", [None, "Bearer", "Bearer nonsense", "Basic dTpw", "Bearer uf_live_" + "0" * 38])
async def test_whoever_is_not_known_gets_one_answer(system, credentials):
    headers = {"Authorization": credentials} if credentials else {}
    async with httpx.AsyncClient(base_url=system.gateway_url, headers=headers, trust_env=False) as stranger:
        for method, path in [("GET", "/api/invoices"), ("POST", "/api/track"), ("GET", "/api/nowhere")]:
            response = await stranger.request(method, path)
            assert response.status_code in {401, 404}
            assert response.headers["content-type"] == "application/problem+json"
        assert (await stranger.get("/api/invoices")).json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "path",
    [
        f"/api/invoices/inv_{NOBODY.hex}",
        f"/api/invoices/met_{NOBODY.hex}",
        "/api/invoices/1",
        f"/api/subscriptions/sub_{NOBODY.hex}",
        f"/api/plans/pln_{NOBODY.hex}",
        "/api/customers/nobody",
        f"/api/webhooks/endpoints/we_{NOBODY.hex}",
        f"/api/billing-runs/run_{NOBODY.hex}",
        f"/api/metrics/met_{NOBODY.hex}",
        f"/api/events/{NOBODY}",
        "/api/nowhere",
        "/internal/recompute",
        "/api/../internal/recompute",
        "/api/%2e%2e/internal/recompute",
    ],
)
async def test_what_is_not_here_is_404(http, path):
    response = await http.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
