"""`usageflow openapi`: the public API of all services as one document, put together from what each says of itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import typer

from usageflow_cli.operators import SERVICES
from usageflow_common.http.openapi import KEY_RULES, key_parameter

TITLE: Final = "UsageFlow"
VERSION: Final = "0.1.0"
_SECRET: Final = b64encode(bytes(32)).decode()
# A document depends on no address and no secret; the settings must have their shape all the same.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "USAGEFLOW_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "USAGEFLOW_KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "USAGEFLOW_PORT": "1",
    "USAGEFLOW_TOKEN_PUBLIC_KEYS": "{}",
    "USAGEFLOW_TOKEN_KEY_ID": "none",
    **dict.fromkeys(
        [
            "USAGEFLOW_CURSOR_SECRET",
            "USAGEFLOW_DIGEST_KEY",
            "USAGEFLOW_KEY_PEPPER",
            "USAGEFLOW_SECRETS_KEY",
            "USAGEFLOW_TOKEN_PRIVATE_KEY",
        ],
        _SECRET,
    ),
    **{f"USAGEFLOW_{service.upper()}_URL": "http://127.0.0.1:1" for service in SERVICES},
}


class Clash(Exception):
    """Two services describe the same name in two ways."""


def openapi() -> None:
    """Print the OpenAPI document of the whole public API."""
    typer.echo(json.dumps(whole_document(), indent=1, sort_keys=True))


def whole_document() -> dict[str, Any]:
    """The merged document; the services are asked side by side."""
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        return merge(dict(zip(SERVICES, pool.map(document_of, SERVICES), strict=True)))


def document_of(service: str, word: str = "openapi") -> dict[str, Any]:
    """What a service says of itself."""
    done = subprocess.run(
        [sys.executable, "-m", f"usageflow_{service}", word],
        env={**os.environ, **PLACEHOLDERS},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        typer.echo(done.stderr.decode("utf-8", "replace"), err=True)
        raise typer.Exit(1)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def merge(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One document of all paths below /api, each marked with its service. Raises Clash when a name has two meanings.

    Idempotency keys are judged at one door, which tells what they mean on each route.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    key_rules: dict[str, str] = {}
    for service, document in documents.items():
        for path, operations in document["paths"].items():
            if path.startswith("/api/"):
                for method, operation in operations.items():
                    _add(paths.setdefault(path, {}), method, {**operation, "tags": [service]}, f"{method} {path}")
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            _add(schemas, name, schema, name)
        key_rules.update(document.get(KEY_RULES, {}))
    for line, rule in key_rules.items():
        method, path = line.split()
        parameters = paths[path][method.lower()].setdefault("parameters", [])
        parameters.append(key_parameter(required=rule == "required"))
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION},
        "security": [{"apiKey": []}, {"session": [], "csrfToken": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: uf_live_…"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-uf_session",
                    "description": "Of somebody who has signed in; `uf_session` where the dashboard's origin is http.",
                },
                "csrfToken": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-CSRF-Token",
                    "description": "With every unsafe request under a session, beside the dashboard's Origin.",
                },
            },
        },
    }


def _add(target: dict[str, Any], name: str, value: Any, words: str) -> None:
    if target.setdefault(name, value) != value:
        raise Clash(f"{words} is described in two ways")
