"""What pydantic finds wrong, in the words of this API: JSON pointers and eight codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic.alias_generators import to_camel

from usageflow_common.errors import FieldError, NotFound, UsageflowError, ValidationFailed

FIELD_CODES: Final = frozenset(
    {
        "required",
        "invalid_type",
        "invalid_value",
        "out_of_range",
        "too_long",
        "too_precise",
        "duplicate",
        "unknown_field",
    }
)
"""A `PydanticCustomError` whose type is one of these is passed on as it is."""

_CODES: Final = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_too_long": "too_long",
    "bytes_too_long": "too_long",
    "too_long": "too_long",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "decimal_max_digits": "out_of_range",
    "decimal_whole_digits": "out_of_range",
    "decimal_max_places": "too_precise",
    "int_parsing": "invalid_type",
    "int_from_float": "invalid_type",
    "bool_parsing": "invalid_type",
    "model_attributes_type": "invalid_type",
}
_DETAILS: Final = {"required": "Required", "unknown_field": "Unknown field"}
_ERRORS_MAX: Final = 100


def failure_of_validation(error: RequestValidationError) -> UsageflowError:
    """The failure that names each field; a malformed id in the path is simply not found."""
    found = error.errors()[:_ERRORS_MAX]
    if any(entry["loc"][:1] == ("path",) for entry in found):
        return NotFound()
    return ValidationFailed.of(*(_field_error(entry, error.body) for entry in found))


def _field_error(entry: Mapping[str, Any], body: object) -> FieldError:
    kind = entry["type"]
    code = kind if kind in FIELD_CODES else _CODES.get(kind) or ("invalid_type" if kind.endswith("_type") else "")
    code = code or "invalid_value"
    detail = _DETAILS.get(code) or entry["msg"].removeprefix("Value error, ")
    return FieldError(_place(entry["loc"], body), code, detail)


def _place(location: Sequence[int | str], body: object) -> str:
    """A JSON pointer into the body, or `query.limit`, `header.If-Match`."""
    source, *steps = location
    if source == "body":
        return _pointer(steps, body)
    name = str(steps[0]) if steps else ""
    return f"header.{name.title()}" if source == "header" else f"{source}.{name}"


def _pointer(steps: Sequence[int | str], body: object) -> str:
    """The steps that exist in the body, and the last one: pydantic's own (a union's tag, `[key]`) are left out."""
    pointer, here = "", body
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        match here:
            case dict() if step in here:
                here = here[step]
            case list() if isinstance(step, int) and step < len(here):
                here = here[step]
            case dict() if last and step != "[key]":
                here, step = None, to_camel(str(step))  # noqa: PLW2901 - of a default pydantic tells the field's inner name
            case _:
                continue
        pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
    return pointer
