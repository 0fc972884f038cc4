"""Whether what leaves as a webhook is what its published JSON Schema says (docs/events)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

PUBLISHED: Final = Path(__file__).parents[4] / "docs" / "events"


def check_body(body: Any) -> None:
    """Raises ValidationError where a whole body is not as published."""
    _validator(body["type"]).validate(body)


def check_data(event_type: str, data: Any) -> None:
    """The same for `data` alone, as facts carry it."""
    check_body({"id": "evt_" + 32 * "0", "type": event_type, "timestamp": "2026-03-01T00:00:00Z", "data": data})


@cache
def _validator(event_type: str) -> Any:
    schema = (PUBLISHED / f"{event_type}.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
