"""A service's OpenAPI document: FastAPI's, plus what each operation requires, how it fails, and the plain routes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.alias_generators import to_camel

from usageflow_common.http.callers import CallerWith

Operations = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Path → method in lower case → operation, for routes that FastAPI does not know."""

PROBLEM_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
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


def describe(app: FastAPI, plain: Operations) -> dict[str, Any]:
    """The whole document."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    paths: dict[str, Any] = document.setdefault("paths", {})
    for path, methods in plain.items():
        for method, operation in methods.items():
            responses = {**operation.get("responses", {}), **PROBLEM_RESPONSE}
            paths.setdefault(path, {})[method] = {**operation, "responses": responses}
    for path, route in _control_routes(app):
        scopes = sorted(_scopes_of(route.dependant))
        for method in route.methods or ():
            operation = paths.get(path, {}).get(method.lower())
            if operation is not None and scopes:
                operation["x-required-scope"] = scopes[0] if len(scopes) == 1 else scopes
    document["paths"] = {_camel(path): _with_camel_names(operations) for path, operations in paths.items()}
    return document


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


def _scopes_of(dependant: Dependant) -> Iterator[str]:
    if isinstance(dependant.call, CallerWith):
        yield from dependant.call.scopes
    for inner in dependant.dependencies:
        yield from _scopes_of(inner)
