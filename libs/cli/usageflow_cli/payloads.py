"""`usageflow payloads`: the JSON Schema of every kind of webhook, put together from what each service says of the facts it tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from usageflow_cli.openapi import document_of

TELLERS: Final = ("invoicer", "webhooks")
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def payloads(
    folder: Annotated[
        Path | None, typer.Option(help="Write a schema of the whole body of each type into this folder.")
    ] = None,
) -> None:
    """Print the JSON schemas of what webhooks hold in `data`, or write those of whole bodies."""
    told = payload_schemas()
    if folder is None:
        typer.echo(json.dumps(told, indent=1, sort_keys=True))
        return
    for old in folder.glob("*.json"):
        old.unlink()
    for name, schema in told.items():
        (folder / f"{name}.json").write_text(body_text(name, schema), encoding="utf-8")


def payload_schemas() -> dict[str, Any]:
    """By type; the services are asked side by side."""
    with ThreadPoolExecutor(len(TELLERS)) as pool:
        answers = list(pool.map(lambda service: document_of(service, "payloads"), TELLERS))
    return {name: _untitled(schema) for answer in answers for name, schema in answer.items()}


def body_text(name: str, schema: Mapping[str, Any]) -> str:
    """As it is published."""
    return json.dumps(body_schema(name, schema), indent=2) + "\n"


def body_schema(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The whole body of a webhook of this type. Members may be added later, so unknown ones are allowed everywhere."""
    data = {key: value for key, value in schema.items() if key != "$defs"}
    return {
        "$schema": _DRAFT,
        "title": name,
        "description": data.pop("description"),
        "type": "object",
        "required": ["id", "type", "timestamp", "data"],
        "properties": {
            "id": {"type": "string", "pattern": "^evt_[0-9a-f]{32}$", "description": "The same as the webhook-id."},
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": data,
        },
        **({"$defs": schema["$defs"]} if "$defs" in schema else {}),
    }


def _untitled(schema: Any) -> Any:
    """Without the titles that only repeat names."""
    match schema:
        case dict():
            return {
                key: _untitled(value)
                for key, value in schema.items()
                if not (key == "title" and isinstance(value, str))
            }
        case list():
            return [_untitled(each) for each in schema]
        case _:
            return schema
