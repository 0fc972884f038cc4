"""The kinds of values in the public JSON, as pydantic types: instants, decimals, money, ids, metadata, time zones; lists and their cursors.

Unknown members are refused, names are camelCase, a JSON number is read exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from usageflow_common.ids import Prefix


class RequestModel(BaseModel):
    """A request body or a set of query parameters: unknown members are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False
    )


class ResponseModel(BaseModel):
    """A response body; dumped by alias."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, validate_by_alias=True, validate_by_name=True)


Instant: TypeAlias = Annotated[datetime, "RFC 3339; more than six fraction digits are cut; UTC and aware inside"]
ExactDecimal: TypeAlias = Annotated[
    Decimal, "JSON number or plain decimal text; at most 12 decimals and 20 integer digits; canonical text on output"
]
CustomerId: TypeAlias = Annotated[str, "[A-Za-z0-9][A-Za-z0-9._:@+|-]{0,127}"]
TimeZone: TypeAlias = Annotated[str, "an IANA name"]
Metadata: TypeAlias = Annotated[dict[str, str], "at most 50 keys of 64 characters, values of 512"]


def public(prefix: Prefix) -> Any:
    """`Annotated` metadata for a field that is a bare UUID inside and a public id outside: `id: Annotated[UUID, public(Prefix.PLAN)]`."""
    raise NotImplementedError


class MoneyModel(ResponseModel):
    """`{"amountMinor":12000,"currency":"USD"}`."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`limit` 1..200, and the key to go on from."""

    limit: int
    after: tuple[str, ...] | None


class Cursors:
    """Opaque signed cursors: they carry the position and a digest of filters and sort; other filters are 400 invalid_cursor."""

    def __init__(self, secret: bytes) -> None:
        raise NotImplementedError

    def read(self, cursor: str | None, limit: int, filters: Mapping[str, Any]) -> PageRequest:
        """The page asked for; InvalidCursor when it is forged or belongs to other filters."""
        raise NotImplementedError

    def next(
        self, rows: Sequence[Any], page: PageRequest, position: Sequence[str] | None, filters: Mapping[str, Any]
    ) -> str | None:
        """The cursor behind `position` (the last row's key as texts), None on the last page."""
        raise NotImplementedError
