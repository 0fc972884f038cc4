"""The models of bodies and queries: camelCase outside, unknown members refused, and nothing taken for what it only looks like."""

from __future__ import annotations

from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, ClassVar, Final, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from usageflow_common.money import AMOUNT_MINOR_MAX
from usageflow_common.wire.values import Currency, Text


class RequestModel(BaseModel):
    """A request body: unknown members are refused, an integer or a boolean must be written as one, null where there is a default is absent."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False
    )
    texts_are_values: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _read_as_json(cls, data: Any) -> Any:
        """Pydantic would take "12" for 12, true for 1 and null for a mistake; in JSON these are other values, and null is nothing."""
        if isinstance(
            data, Decimal
        ):  # FastAPI reads attributes of whatever is no builtin: 1.5 would be an object without members
            raise PydanticCustomError("invalid_type", "Must be an object")
        if cls.texts_are_values or not isinstance(data, dict):
            return data
        defaulted = {
            field.alias or name
            for name, field in cls.model_fields.items()
            if not field.is_required() and field.default is not None
        }
        data = {name: value for name, value in data.items() if value is not None or name not in defaulted}
        # a value that no field takes: pydantic then names the field and the type it should have had
        wrong = {
            name: _LOOK_ALIKE
            for field_name, field in cls.model_fields.items()
            if (name := field.alias or field_name) in data and _looks_alike(field.annotation, data[name])
        }
        return {**data, **wrong} if wrong else data


def _looks_alike(annotation: Any, value: Any) -> bool:
    """Whether an integer or boolean field was given something else that pydantic would convert."""
    members = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else ()
    kinds = {getattr(kind, "__origin__", kind) for kind in (annotation, *members)}
    if value is None or str in kinds:
        return False
    if int in kinds:
        return isinstance(value, bool) or not isinstance(value, int)
    return bool in kinds and not isinstance(value, bool)


_LOOK_ALIKE: Final = object()


class QueryModel(RequestModel):
    """A set of query parameters, where every value is a text."""

    texts_are_values: ClassVar[bool] = True


class ResponseModel(BaseModel):
    """A response body; dumped by alias."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, validate_by_alias=True, validate_by_name=True)


class MoneyModel(ResponseModel):
    """`{"amountMinor":12000,"currency":"USD"}`."""

    amount_minor: int
    currency: str


class MoneyInput(RequestModel):
    """Money in a request: integer minor units within what JSON numbers carry exactly, and a known currency."""

    amount_minor: Annotated[int, Field(ge=-AMOUNT_MINOR_MAX, le=AMOUNT_MINOR_MAX)]
    currency: Currency


class AddressInput(RequestModel):
    """A postal address."""

    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    region: Text | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
