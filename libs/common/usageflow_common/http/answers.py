"""Responses, and the tag by which clients know again what they were shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from pydantic import BaseModel
from starlette.responses import Response

from usageflow_common.operations import Answer


def json_response(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """msgspec-encoded JSON (pydantic models by alias), `Cache-Control: no-store` unless an ETag goes with it."""
    return Response(_ENCODER.encode(body), status_code=status, headers=headers, media_type="application/json")


def resource_response(body: object, version: int) -> Response:
    """One resource. Its ETag is `"<version>-<digest of what is shown>"`.

    If-Match goes by the version alone. If-None-Match goes by both: health, last use and what follows from the time change without a new
    version, and who asks again wants to see it.
    """
    shown = json_response(body)
    shown.headers["ETag"] = f'"{version}-{hashlib.sha256(shown.body).hexdigest()[:12]}"'
    return shown


def answer_response(answer: Answer) -> Response:
    """An operation's answer as a response: status, body, Location, ETag, `Idempotent-Replayed`."""
    headers: dict[str, str] = {}
    if answer.location is not None:
        headers["Location"] = answer.location
    if answer.etag is not None:
        headers["ETag"] = answer.etag if answer.etag.startswith('"') else f'"{answer.etag}"'
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    return json_response(answer.body, status=answer.status, headers=headers)


def _encode_model(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True)
    raise TypeError(f"{type(value).__name__} has no place in a JSON body")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_encode_model)
