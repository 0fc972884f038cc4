"""Ids at the edge: a bare UUID inside, `pln_` and 32 hex digits outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from usageflow_common.ids import Prefix, parse_public_id, public_id


@dataclass(frozen=True, slots=True)
class PublicId:
    """A bare UUID inside, prefix and hex digits outside. Texts of another kind are refused."""

    prefix: Prefix

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self._write, return_schema=core_schema.str_schema()
            ),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{self.prefix}_[0-9a-f]{{32}}$"}

    def _read(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError("invalid_type", "Must be a text")
        parsed = parse_public_id(self.prefix, value)
        if parsed is None:
            raise PydanticCustomError(
                "invalid_value", "Must be an id that starts with {prefix}_", {"prefix": self.prefix}
            )
        return parsed

    def _write(self, value: Any) -> str | None:
        return None if value is None else public_id(self.prefix, value)


def public(prefix: Prefix) -> Any:
    """`Annotated` metadata for a field that is a bare UUID inside and a public id outside: `id: Annotated[UUID, public(Prefix.PLAN)]`."""
    return PublicId(prefix)
