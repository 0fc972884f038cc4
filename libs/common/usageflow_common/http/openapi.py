"""A service's OpenAPI document: FastAPI's, plus what each operation requires, its headers, how it fails, and the plain routes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.alias_generators import to_camel

from usageflow_common.http.callers import CallerWith
from usageflow_common.http.versions import IfMatch

Operations = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Path → method in lower case → operation, for routes that FastAPI does not know."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a service's document says beside what FastAPI knows: plain routes, the schemas that they name, and `x-…` of its own."""

    operations: Operations = field(default_factory=dict)
    schemas: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


PROBLEM_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
KEY_RULES: Final = "x-idempotency-keys"
"""In a service's document: `METHOD path` → what an Idempotency-Key means there, "required" or "honoured". Who judges the keys tells it."""

_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_TEXT: Final = {"type": "string"}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "code", "detail", "instance", "requestId"],
    "properties": {
        **dict.fromkeys(("type", "title", "code", "detail", "instance", "requestId"), _TEXT),
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": dict.fromkeys(("field", "code", "detail"), _TEXT),
            },
        },
    },
}


def describe(app: FastAPI, described: Described) -> dict[str, Any]:
    """The whole document."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    document.setdefault("components", {}).setdefault("schemas", {}).update(described.schemas, Problem=_PROBLEM)
    paths: dict[str, Any] = document.setdefault("paths", {})
    for path, methods in described.operations.items():
        for method, operation in methods.items():
            responses = {**operation.get("responses", {}), **PROBLEM_RESPONSE}
            paths.setdefault(path, {})[method] = {**operation, "responses": responses}
    for path, route in _control_routes(app):
        for method in route.methods or ():
            operation = paths.get(path, {}).get(method.lower())
            if operation is not None:
                _tell_dependencies(operation, list(_calls_of(route.dependant)))
    document["paths"] = {_camel(path): _with_camel_names(operations) for path, operations in paths.items()}
    return {**document, **described.extensions}


def key_parameter(*, required: bool) -> dict[str, Any]:
    """The header Idempotency-Key of an operation that changes something."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": required,
        "description": "1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }


def _version_parameter(*, required: bool) -> dict[str, Any]:
    return {
        "name": "If-Match",
        "in": "header",
        "required": required,
        "description": "The version that was seen, or the whole ETag. 412 when it is no longer the present one.",
        "schema": {"type": "string", "pattern": r'^(\*|"[1-9][0-9]{0,9}(-[0-9a-f]{12})?")$'},
        "example": '"7"',
    }


def _tell_dependencies(operation: dict[str, Any], calls: list[object]) -> None:
    scopes = sorted({scope for call in calls if isinstance(call, CallerWith) for scope in call.scopes})
    if scopes:
        operation["x-required-scope"] = scopes[0] if len(scopes) == 1 else scopes
    for call in calls:
        if isinstance(call, IfMatch):
            operation.setdefault("parameters", []).append(_version_parameter(required=call.required))


def _camel(path: str) -> str:
    """`/api/plans/{plan_id}` → `/api/plans/{planId}`: the names of the public JSON."""
    return _PATH_PARAMETER.sub(lambda name: "{" + to_camel(name[1]) + "}", path)


def _with_camel_names(operations: dict[str, Any]) -> dict[str, Any]:
    for operation in operations.values():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["name"] = to_camel(parameter["name"])
    return operations


def _control_routes(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.path_format is not None:
            yield context.path_format, context.original_route


def _calls_of(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls_of(inner)
