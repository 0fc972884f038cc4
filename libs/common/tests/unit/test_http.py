"""The HTTP edge: every failure is a problem, every body is read exactly, every answer carries its id."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
import sqlalchemy.exc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Depends, FastAPI, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usageflow_common.errors import FieldError, NotFound, ValidationFailed
from usageflow_common.http import (
    ExactRoute,
    answer_response,
    caller_with,
    create_app,
    json_response,
    resource_response,
)
from usageflow_common.http.openapi import Described
from usageflow_common.ids import Prefix
from usageflow_common.operations import Answer
from usageflow_common.tokens import Actor, Caller, TokenSigner, TokenVerifier
from usageflow_common.wire import ExactDecimal, RequestModel, ResponseModel, public

KEY = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw()
CALLER = Caller(UUID(int=1), Actor("user", UUID(int=2)), "ADMIN", frozenset({"things:read"}), "usageflow-gateway")
SIGNER = TokenSigner(KEY, "k1", "usageflow-gateway")

router = APIRouter(route_class=ExactRoute)


class Flat(RequestModel):
    model: Literal["flat"]
    price: ExactDecimal


class Unit(RequestModel):
    model: Literal["unit"]
    unit_price: ExactDecimal


class Thing(RequestModel):
    name: Annotated[str, Field(max_length=5)]
    amount: ExactDecimal | None = None
    days: Annotated[int, Field(ge=0, le=10)] | None = None
    charges: list[Annotated[Flat | Unit, Field(discriminator="model")]] = Field(default_factory=list)


class Seen(ResponseModel):
    thing_name: str
    amount: ExactDecimal | None


@router.post("/things", status_code=201)
async def create_thing(thing: Thing) -> Seen:
    return Seen(thing_name=thing.name, amount=thing.amount)


@router.get("/things/{thing_id}")
async def get_thing(
    thing_id: Annotated[UUID, public(Prefix.METRIC)], limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    return json_response({"limit": limit}, headers={"ETag": '"7"'})


@router.get("/mine")
async def mine(caller: Annotated[Caller, Depends(caller_with("things:read"))]) -> dict[str, str]:
    return {"org": str(caller.org_id), "key": caller.idempotency_key or ""}


@router.get("/theirs")
async def theirs(_caller: Annotated[Caller, Depends(caller_with("things:write"))]) -> None:
    return None


@router.get("/fails/{how}")
async def fails(how: str) -> None:
    raise {
        "defect": RuntimeError("password=hunter2"),
        "database": sqlalchemy.exc.InterfaceError("SELECT secret", {}, ConnectionRefusedError()),
        "network": ConnectionRefusedError("10.0.0.1"),
        "slow": TimeoutError(),
        "gone": NotFound(),
        "fields": ValidationFailed.of(FieldError("/a", "duplicate", "Twice")),
    }[how]


async def plain(request: Request) -> Response:
    return json_response({"flavour": request.state.flavour})


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
    yield {"flavour": "plain"}


async def _well() -> bool:
    return True


async def _broken() -> bool:
    raise ConnectionError


def make_app(**checks: Any) -> FastAPI:
    app = create_app(
        title="things",
        checks=checks or {"kafka": _well},
        lifespan=_lifespan,
        verifier=TokenVerifier({"usageflow-gateway": {"k1": PUBLIC}}, "things"),
        described=Described({"/plain": {"get": {"summary": "Plain", "x-required-scope": "things:write"}}}),
    )
    app.include_router(router)
    app.router.routes.append(Route("/plain", plain))
    return app


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things") as client,
    ):
        yield client


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(make_app()) as client:
        yield client


async def post(client: httpx.AsyncClient, body: str | bytes, content_type: str = "application/json") -> httpx.Response:
    return await client.post("/things", content=body, headers={"Content-Type": content_type})


async def test_a_number_is_read_exactly_and_written_canonically(client: httpx.AsyncClient) -> None:
    answer = await post(client, '{"name":"a","amount":12345678901234567.100}')
    assert answer.status_code == 201
    assert answer.json() == {"thingName": "a", "amount": "12345678901234567.1"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"a"',
        b'{"name":"a","name":"b"}',
        b'{"name":"a","amount":NaN}',
        b'{"name":"a","amount":1e99999999999999999999}',
        b'{"name":"a","amount":-Infinity}',
        b'{"name":"a\\u0000"}',
        b'{"name":"\\ud800"}',
        b'\xef\xbb\xbf{"name":"a"}',
        b'{"name":"\xff"}',
        b'{"name":' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 100_000,
        b'{"name":"a"} x',
    ],
)
async def test_a_body_that_cannot_be_read_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ('{"amount":1}', "/name", "required"),
        ("", "", "required"),
        ("[]", "", "invalid_type"),
        ('{"name":1}', "/name", "invalid_type"),
        ('{"name":"abcdef"}', "/name", "too_long"),
        ('{"name":"a","amount":1e400000}', "/amount", "out_of_range"),
        ('{"name":"a","amount":1e-13}', "/amount", "too_precise"),
        ('{"name":"a","amount":true}', "/amount", "invalid_type"),
        ('{"name":"a","amount":"1,5"}', "/amount", "invalid_value"),
        ('{"name":"a","days":11}', "/days", "out_of_range"),
        ('{"name":"a","days":"3"}', "/days", "invalid_type"),
        ('{"name":"a","days":true}', "/days", "invalid_type"),
        ('{"name":"a","days":1.5}', "/days", "invalid_type"),
        ('{"name":"a","co/l~r":1}', "/co~1l~0r", "unknown_field"),
        ('{"name":"a","charges":[{"model":"unit"}]}', "/charges/0/unitPrice", "required"),
        ('{"name":"a","charges":[{"model":"unit","unitPrice":"x"}]}', "/charges/0/unitPrice", "invalid_value"),
        ('{"name":"a","charges":[{"model":"tiered"}]}', "/charges/0", "invalid_value"),
        ('{"name":"a","days":' + "9" * 5000 + "}", "/days", "invalid_type"),
    ],
)
async def test_a_field_that_is_not_valid_is_named(client: httpx.AsyncClient, body: str, field: str, code: str) -> None:
    answer = await post(client, body)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "validation_failed"
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [(field, code)]
    assert problem["instance"] == "/things"
    assert problem["requestId"] == answer.headers["x-request-id"]


async def test_another_content_type_is_415_and_a_large_body_413(client: httpx.AsyncClient) -> None:
    assert (await post(client, '{"name":"a"}', "text/plain")).status_code == 415
    assert (await post(client, '{"name":"a"}', "application/json; charset=utf-8")).status_code == 201
    large = await post(client, b" " * (256 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


async def test_a_control_body_may_be_packed(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await client.post("/things", content=gzip.compress(b'{"name":"a"}'), headers=headers)
    assert answer.status_code == 201


async def test_unknown_repeated_and_unstorable_query_parameters_are_refused(client: httpx.AsyncClient) -> None:
    thing = f"/things/met_{UUID(int=5).hex}"
    assert (await client.get(f"{thing}?limit=3")).json() == {"limit": 3}
    for query, field, code in (
        ("colour=1", "query.colour", "unknown_field"),
        ("limit=1&limit=2", "query.limit", "duplicate"),
        ("limit=201", "query.limit", "out_of_range"),
        ("limit=x", "query.limit", "invalid_type"),
        ("limit=%00", "query.limit", "invalid_value"),
    ):
        answer = await client.get(f"{thing}?{query}")
        assert answer.status_code == 422
        assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]


async def test_a_malformed_id_in_the_path_is_not_found(client: httpx.AsyncClient) -> None:
    for wrong in ("met_1", f"inv_{UUID(int=5).hex}", str(UUID(int=5)), f"met_{UUID(int=5).hex.upper()}x"):
        assert (await client.get(f"/things/{wrong}")).status_code == 404


async def test_what_is_not_there_is_a_problem_too(client: httpx.AsyncClient) -> None:
    missing = await client.get("/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    wrong = await client.delete("/things")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "POST")
    assert (await client.get("/things/")).status_code in {404, 405}


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("defect", 500, "internal_error"),
        ("database", 503, "unavailable"),
        ("network", 503, "unavailable"),
        ("slow", 503, "unavailable"),
        ("gone", 404, "not_found"),
        ("fields", 422, "validation_failed"),
    ],
)
async def test_a_failure_says_what_to_do_and_nothing_of_its_cause(
    client: httpx.AsyncClient, how: str, status: int, code: str
) -> None:
    answer = await client.get(f"/fails/{how}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) is (status == 503)
    for secret in ("hunter2", "SELECT", "10.0.0.1", "Error"):
        assert secret not in answer.text


async def test_a_request_id_is_accepted_or_made_and_always_returned(client: httpx.AsyncClient) -> None:
    given = await client.get("/health", headers={"X-Request-Id": "abc_DEF-12345"})
    assert given.headers["x-request-id"] == "abc_DEF-12345"
    for wrong in ("short", "x" * 65, "a b c d e f g"):
        made = (await client.get("/health", headers={"X-Request-Id": wrong})).headers["x-request-id"]
        assert made.startswith("req_")
        assert len(made) == 36


async def test_a_caller_needs_a_token_and_a_scope(client: httpx.AsyncClient) -> None:
    token = SIGNER.sign(CALLER, "things")
    bearer = {"Authorization": f"Bearer {token}"}
    answer = await client.get("/mine", headers=bearer | {"Idempotency-Key": "call-1"})
    assert answer.json() == {"org": str(UUID(int=1)), "key": "call-1"}
    missing = await client.get("/mine")
    assert (missing.status_code, missing.headers["www-authenticate"]) == (401, "Bearer")
    assert (await client.get("/mine", headers={"Authorization": f"Basic {token}"})).status_code == 401
    assert (await client.get("/mine", headers=bearer | {"Idempotency-Key": "x" * 256})).status_code == 400
    refused = await client.get("/theirs", headers=bearer)
    assert (refused.status_code, refused.json()["requiredScope"]) == (403, "things:write")


async def test_a_known_etag_answers_304_without_a_body(client: httpx.AsyncClient) -> None:
    thing = f"/things/met_{UUID(int=5).hex}"
    first = await client.get(thing)
    assert (first.headers["etag"], first.headers["cache-control"]) == ('"7"', "private, no-cache")
    same = await client.get(thing, headers={"If-None-Match": 'W/"6", W/"7"'})
    assert (same.status_code, same.content) == (304, b"")
    assert (await client.get(thing, headers={"If-None-Match": '"6"'})).status_code == 200


async def test_a_plain_route_has_what_the_lifespan_yields(client: httpx.AsyncClient) -> None:
    assert (await client.get("/plain")).json() == {"flavour": "plain"}


async def test_readiness_names_the_part_that_is_down() -> None:
    async with client_of(make_app(kafka=_well, postgres=_broken)) as client:
        answer = await client.get("/ready")
        assert answer.status_code == 503
        assert answer.json() == {"checks": {"kafka": "ok", "postgres": "down"}}
        assert (await client.get("/health")).status_code == 200


async def test_a_draining_process_is_not_ready() -> None:
    app = make_app()
    async with client_of(app) as client:
        assert (await client.get("/ready")).status_code == 200
        app.state.draining = True
        assert (await client.get("/ready")).status_code == 503


async def test_metrics_count_by_route_template(client: httpx.AsyncClient) -> None:
    await client.get(f"/things/met_{UUID(int=5).hex}")
    await client.get("/nothing/at/all")
    text = (await client.get("/metrics")).text
    assert 'usageflow_http_requests_total{method="GET",route="/things/{thing_id}",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
    assert "/nothing/at/all" not in text


def test_what_is_shown_of_a_resource_has_a_tag_of_its_own_and_names_the_version() -> None:
    quiet, failing = resource_response({"health": 1.0}, 7), resource_response({"health": 0.5}, 7)
    assert quiet.headers["etag"] == resource_response({"health": 1.0}, 7).headers["etag"] != failing.headers["etag"]
    assert {each.headers["etag"][:3] for each in (quiet, failing)} == {'"7-'}


def test_a_stored_answer_becomes_its_response() -> None:
    answer = Answer(201, {"amount": Decimal("1.50")}, location="/api/x", etag='"1"', replayed=True)
    response = answer_response(answer)
    assert response.status_code == 201
    assert (response.headers["location"], response.headers["etag"]) == ("/api/x", '"1"')
    assert response.headers["idempotent-replayed"] == "true"
    assert answer_response(Answer(204, None)).body == b""


def test_the_document_names_scopes_problems_and_plain_routes() -> None:
    document = make_app().openapi()
    mine = document["paths"]["/mine"]["get"]
    assert mine["x-required-scope"] == "things:read"
    assert "application/problem+json" in mine["responses"]["default"]["content"]
    assert "422" not in mine["responses"]
    assert document["paths"]["/plain"]["get"]["responses"]["default"]["description"] == "A problem"
    assert "/health" not in document["paths"]
    assert json.dumps(document)


async def test_a_control_route_that_reads_inexactly_stops_the_start() -> None:
    app = create_app(title="careless", checks={})
    careless = APIRouter()
    careless.add_api_route("/careless", _well)
    app.include_router(careless)
    with pytest.raises(TypeError, match="/careless"):
        async with client_of(app):
            pass
