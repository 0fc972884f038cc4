"""If-Match: what it names, what it refuses, and that a service's document tells of it where it is taken."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.errors import PreconditionFailed
from usageflow_common.http import ExactRoute, KnownVersion, SeenVersion, create_app, expected_version, json_response

router = APIRouter(route_class=ExactRoute)


@router.patch("/things")
async def change(seen: SeenVersion) -> Response:
    return json_response({"seen": seen})


@router.put("/things")
async def replace(seen: KnownVersion) -> Response:
    return json_response({"seen": seen})


@pytest.fixture
def app() -> FastAPI:
    app = create_app(title="things", checks={})
    app.include_router(router)
    return app


@pytest.mark.parametrize(
    ("header", "version"), [(None, None), ("*", None), ('"7"', 7), (' "12" ', 12), ('"7-0123456789ab"', 7)]
)
def test_if_match_names_a_version(header: str | None, version: int | None) -> None:
    assert expected_version(request_with(header)) == version


@pytest.mark.parametrize("header", ["7", 'W/"7"', '"0"', '"x"', '"7", "8"', ""])
def test_an_if_match_that_cannot_be_ours_fails(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        expected_version(request_with(header))


async def test_a_route_gets_the_version_and_refuses_to_go_without_where_it_must_have_one(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things") as client:
        assert (await client.patch("/things")).json() == {"seen": None}
        assert (await client.patch("/things", headers={"If-Match": '"7"'})).json() == {"seen": 7}
        assert (await client.put("/things", headers={"If-Match": '"7"'})).json() == {"seen": 7}
        refused = await client.put("/things")
        assert (refused.status_code, refused.json()["code"]) == (428, "precondition_required")


def test_the_document_shows_the_header(app: FastAPI) -> None:
    methods = app.openapi()["paths"]["/things"]
    shown = {
        method: [(each["name"], each["in"], each["required"]) for each in operation["parameters"]]
        for method, operation in methods.items()
    }
    assert shown == {"patch": [("If-Match", "header", False)], "put": [("If-Match", "header", True)]}


def request_with(if_match: str | None) -> Request:
    headers = [] if if_match is None else [(b"if-match", if_match.encode())]
    return Request({"type": "http", "method": "PATCH", "path": "/", "headers": headers})
