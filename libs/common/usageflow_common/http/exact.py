"""Control routes read exactly: numbers as int or Decimal, one meaning for each key, nothing unknown in the query."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Final

from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.errors import (
    DeadlineExceeded,
    FieldError,
    MalformedRequest,
    UnsupportedMediaType,
    ValidationFailed,
)
from usageflow_common.http.bodies import media_type, read_body

CONTROL_BODY_BYTES_MAX: Final = 256 * 1024
REQUEST_SECONDS_MAX: Final = 30
_DEPTH_MAX: Final = 32
_INTEGER_CHARACTERS_MAX: Final = 40


class ExactRoute(APIRoute):
    """A route whose JSON body is read exactly: numbers as int or Decimal, duplicate keys, NaN and NUL refused (400).

    Use `APIRouter(route_class=ExactRoute)`. Query parameters that the route does not name, that are repeated or hold NUL, are 422.
    Names that begin with one of `open_prefixes` are for the route itself to judge. It ends after `seconds_max`.
    """

    open_prefixes: ClassVar[tuple[str, ...]] = ()
    seconds_max: ClassVar[int] = REQUEST_SECONDS_MAX

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind the checks."""
        handle = super().get_route_handler()
        takes_body = self.body_field is not None
        known = frozenset(field.alias for field in get_flat_params(self.dependant) if _is_query(field))

        async def handle_exactly(request: Request) -> Response:
            try:
                async with asyncio.timeout(self.seconds_max) as deadline:
                    _refuse_parameters(request, known, self.open_prefixes)
                    return await handle(await _with_exact_body(request) if takes_body else request)
            except TimeoutError as error:
                if deadline.expired():
                    raise DeadlineExceeded(
                        f"This took longer than {self.seconds_max} seconds; its outcome is unknown."
                    ) from error
                raise

        return handle_exactly


def read_json(raw: bytes) -> Any:
    """The value of a JSON text, exactly; MalformedRequest when it is not one, or means two things.

    Numbers with a fraction or exponent become Decimal, never float. An exponent is not expanded: bound it before arithmetic.
    """
    try:
        text = raw.decode("utf-8")
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise MalformedRequest("The body is not valid UTF-8.") from error
    except json.JSONDecodeError as error:
        raise MalformedRequest(f"The body is not valid JSON: line {error.lineno}, column {error.colno}.") from error
    except InvalidOperation as error:
        raise MalformedRequest("A number of the body has an exponent that no decimal holds.") from error
    except RecursionError as error:
        raise _too_deep() from error
    _refuse_unstorable(value)
    return value


async def _with_exact_body(request: Request) -> Request:
    raw = await read_body(request, CONTROL_BODY_BYTES_MAX)
    if raw and media_type(request) != "application/json":
        raise UnsupportedMediaType("Send application/json.")
    return _ReadRequest(request, raw, read_json(raw) if raw else None)


class _ReadRequest(Request):
    """A request whose body was read already: FastAPI finds it here and parses nothing."""

    def __init__(self, request: Request, raw: bytes, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._raw, self._value = raw, value

    async def body(self) -> bytes:
        return self._raw

    async def json(self) -> Any:
        return self._value


def _is_query(field: Any) -> bool:
    """A query parameter, or a member of a QueryModel: these alone do not say where they stand."""
    place = getattr(field.field_info, "in_", None)
    return place is None or place.value == "query"


def _refuse_parameters(request: Request, known: frozenset[str], open_prefixes: tuple[str, ...]) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    known |= {name for name in names if name.startswith(open_prefixes)}
    unknown = [FieldError(f"query.{name}", "unknown_field", "Unknown parameter") for name in names if name not in known]
    repeated = [
        FieldError(f"query.{name}", "duplicate", "Given more than once")
        for name in sorted(known)
        if names.count(name) > 1
    ]
    unstorable = [
        FieldError(f"query.{name}", "invalid_value", "Contains NUL")
        for name, value in request.query_params.items()
        if name in known and "\x00" in value
    ]
    if refused := unknown + repeated + unstorable:
        raise ValidationFailed.of(*refused[:100])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedRequest("An object of the body has the same key twice.")
    return members


def _integer(digits: str) -> int | Decimal:
    """Longer ones than anything here permits stay decimals: turning them into ints costs quadratic time."""
    return int(digits) if len(digits) <= _INTEGER_CHARACTERS_MAX else Decimal(digits)


def _refuse_constant(_name: str) -> Any:
    raise MalformedRequest("NaN and Infinity are not JSON.")


def _refuse_unstorable(value: Any) -> None:
    """PostgreSQL stores neither NUL nor half a surrogate pair; nothing here nests deeper than the bound."""
    level = [value]
    for _ in range(_DEPTH_MAX):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _refuse_unstorable_text(item)
            elif isinstance(item, dict):
                inner.extend(item.keys())
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return
        level = inner
    raise _too_deep()


def _refuse_unstorable_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedRequest("A text of the body contains NUL.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedRequest("A text of the body contains half a surrogate pair.") from error


def _too_deep() -> MalformedRequest:
    return MalformedRequest(f"The body nests deeper than {_DEPTH_MAX} levels.")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Decimal, parse_int=_integer, parse_constant=_refuse_constant
)
