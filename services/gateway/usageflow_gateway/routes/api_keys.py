"""/api/api-keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from usageflow_common.http import ExactRoute, SeenVersion, answer_response, json_response, resource_response
from usageflow_common.ids import Prefix
from usageflow_gateway.routes.callers import CallerOf, KeysOf, id_in_path, scope_of
from usageflow_gateway.schemas.api_keys import (
    KeyBody,
    KeyCreate,
    KeyList,
    KeyPatch,
    KeyQuery,
    KeyReroll,
    NewKeyBody,
    key_body,
)

router: Final = APIRouter(route_class=ExactRoute)
KeyId = Annotated[str, Path(alias="keyId")]
_KEY: Final = "/api/api-keys/{keyId}"


@router.get("/api/api-keys", response_model=KeyList, openapi_extra=scope_of("GET", "/api/api-keys"))
async def list_keys(caller: CallerOf, keys: KeysOf, query: Annotated[KeyQuery, Query()]) -> Response:
    """Keys without their secrets, newest first; a DEVELOPER sees ingest keys."""
    statuses = query.status.split(",") if query.status is not None else None
    found, now = await keys.list_keys(caller, statuses), keys.clock.wall()
    return json_response(KeyList(data=[key_body(each, now) for each in found]))


@router.get(_KEY, response_model=KeyBody, openapi_extra=scope_of("GET", _KEY))
async def get_key(key_id: KeyId, caller: CallerOf, keys: KeysOf) -> Response:
    """One key."""
    found = await keys.get_key(caller, id_in_path(Prefix.API_KEY, key_id))
    return resource_response(key_body(found, keys.clock.wall()), found.version)


@router.post(
    "/api/api-keys", status_code=201, response_model=NewKeyBody, openapi_extra=scope_of("POST", "/api/api-keys")
)
async def create_key(body: KeyCreate, caller: CallerOf, keys: KeysOf) -> Response:
    """A key; its secret is shown this once."""
    return answer_response(await keys.create_key(caller, body))


@router.post(
    f"{_KEY}/reroll", status_code=201, response_model=NewKeyBody, openapi_extra=scope_of("POST", f"{_KEY}/reroll")
)
async def reroll_key(key_id: KeyId, body: KeyReroll, caller: CallerOf, keys: KeysOf) -> Response:
    """A new key in its place; the old one ends after the overlap."""
    overlap = timedelta(hours=body.overlap_hours)
    return answer_response(await keys.reroll(caller, id_in_path(Prefix.API_KEY, key_id), overlap))


@router.patch(_KEY, response_model=KeyBody, openapi_extra=scope_of("PATCH", _KEY))
async def rename_key(key_id: KeyId, body: KeyPatch, caller: CallerOf, keys: KeysOf, seen: SeenVersion) -> Response:
    """Another name."""
    found = id_in_path(Prefix.API_KEY, key_id)
    return answer_response(await keys.rename(caller, found, body.name, seen))


@router.delete(_KEY, status_code=204, response_model=None, openapi_extra=scope_of("DELETE", _KEY))
async def revoke_key(key_id: KeyId, caller: CallerOf, keys: KeysOf, seen: SeenVersion) -> Response:
    """Refused everywhere within a second."""
    found = id_in_path(Prefix.API_KEY, key_id)
    return answer_response(await keys.revoke(caller, found, seen))
