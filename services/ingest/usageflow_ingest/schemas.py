"""The bodies of the control routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.metering import AGGREGATIONS, Operator
from usageflow_common.records import RejectedEvent
from usageflow_common.wire import Instant, Metadata, QueryModel, RequestModel, ResponseModel, public
from usageflow_ingest.domain.filtering import FILTERS_MAX, GROUP_KEYS_MAX, FilterValue, NotAValue, canonical_value
from usageflow_ingest.domain.metrics import METADATA_KEYS_MAX, Metric


def _aggregation(value: str) -> str:
    if value not in AGGREGATIONS:
        raise PydanticCustomError("invalid_value", "Must be one of {names}", {"names": ", ".join(AGGREGATIONS)})
    return value


def _present(name: str | None) -> str:
    if name is None:
        raise PydanticCustomError("required", "A metric has a name")
    return name


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise PydanticCustomError("duplicate", "The same property twice")
    if "customerId" in names:
        raise PydanticCustomError("invalid_value", "customerId is a dimension of every metric")
    return names


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=2000)]
Unit = Annotated[str, Field(min_length=1, max_length=64)]
PropertyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
AggregationName = Annotated[
    str, AfterValidator(_aggregation), WithJsonSchema({"type": "string", "enum": list(AGGREGATIONS)})
]
MetadataPatch = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(max_length=512)] | None],
    Field(max_length=2 * METADATA_KEYS_MAX),
]

AnyOf = Annotated[str, Field(max_length=2000)]
"""A comma list: any of these."""


class ListQuery(QueryModel):
    """What every list takes."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None

    def filters(self) -> dict[str, Any]:
        """Everything but the page: a cursor is bound to it."""
        return self.model_dump(mode="json", by_alias=True, exclude={"limit", "cursor"})


class MetricQuery(ListQuery):
    """Which metrics."""

    status: AnyOf | None = None
    event_name: AnyOf | None = None
    code: AnyOf | None = None


class RejectedEventQuery(ListQuery):
    """Which refused events."""

    code: AnyOf | None = None
    customer_id: AnyOf | None = None
    metric: AnyOf | None = None
    received_from: Instant | None = None
    received_to: Instant | None = None


_SCALAR = {"anyOf": [{"type": "string", "maxLength": 512}, {"type": "number"}, {"type": "boolean"}]}
_KEPT_SCALAR = {"anyOf": [{"type": "string"}, {"type": "boolean"}]}


class FilterInput(RequestModel):
    """What a property must be for an event to count."""

    property: PropertyName
    operator: Operator
    value: Annotated[
        Any,
        WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "minItems": 1, "maxItems": 100, "items": _SCALAR}]}),
    ] = Field(default=None, validate_default=True)

    @field_validator("value")
    @classmethod
    def _fits_its_operator(cls, value: Any, info: ValidationInfo) -> FilterValue | None:
        operator = info.data.get("operator")
        if operator is None:
            return None  # it is not valid itself, and named
        kept = canonical_value(operator, value)
        if isinstance(kept, NotAValue):
            raise PydanticCustomError(kept.code, "{detail}", {"detail": kept.detail})
        return kept


class MetricInput(RequestModel):
    """A new metric."""

    code: Name
    name: Words
    description: Description | None = None
    unit: Unit | None = None
    event_name: Name | None = None
    aggregation: AggregationName
    value_property: PropertyName | None = Field(default=None, validate_default=True)
    filters: Annotated[list[FilterInput], Field(max_length=FILTERS_MAX)] | None = None
    group_by: Annotated[list[PropertyName], Field(max_length=GROUP_KEYS_MAX), AfterValidator(_distinct)] | None = None
    metadata: Metadata | None = None

    @field_validator("value_property")
    @classmethod
    def _fits_the_aggregation(cls, value: str | None, info: ValidationInfo) -> str | None:
        aggregation = info.data.get("aggregation")
        if aggregation == "COUNT" and value is not None:
            raise PydanticCustomError("invalid_value", "COUNT takes no valueProperty")
        if aggregation == "UNIQUE" and value is None:
            raise PydanticCustomError("required", "UNIQUE counts the values of a property")
        return value


class MetricPatch(RequestModel):
    """A merge patch of the words around a metric: what is absent stays, null clears. A name cannot be cleared."""

    name: Annotated[Words | None, AfterValidator(_present)] = None
    description: Description | None = None
    unit: Unit | None = None
    metadata: MetadataPatch | None = None


class FilterView(ResponseModel):
    """What a property must be: numbers are canonical decimal text."""

    property: str
    operator: Operator
    value: Annotated[Any, WithJsonSchema({"anyOf": [*_KEPT_SCALAR["anyOf"], {"type": "array", "items": _KEPT_SCALAR}]})]


class MetricView(ResponseModel):
    """A metric."""

    id: Annotated[UUID, public(Prefix.METRIC)]
    code: str
    name: str
    description: str | None
    unit: str | None
    event_name: str
    aggregation: AggregationName
    value_property: str | None
    filters: list[FilterView]
    group_by: list[str]
    status: Literal["active", "archived"]
    active_from: Instant
    metadata: dict[str, str]
    created_at: Instant
    version: int

    @classmethod
    def of(cls, metric: Metric) -> MetricView:
        """The public view."""
        return cls(
            id=metric.metric_id,
            code=metric.code,
            name=metric.name,
            description=metric.description,
            unit=metric.unit,
            event_name=metric.event_name,
            aggregation=metric.aggregation,
            value_property=metric.value_property,
            filters=[FilterView(property=f.property, operator=f.operator, value=f.value) for f in metric.filters],
            group_by=list(metric.group_by),
            status=metric.status,
            active_from=metric.active_from,
            metadata=dict(metric.metadata),
            created_at=metric.created_at,
            version=metric.version,
        )


class MetricPage(ResponseModel):
    """A page of metrics."""

    data: list[MetricView]
    next_cursor: str | None


class RejectedEventView(ResponseModel):
    """A refused event; `body` is the event as it was sent, at most 16 KiB of it."""

    id: Annotated[UUID, public(Prefix.REJECTED_EVENT)]
    code: str
    detail: str
    index: int
    body: str
    idempotency_key: str | None
    api_key_id: Annotated[UUID, public(Prefix.API_KEY)] | None
    request_id: str | None
    received_at: Instant

    @classmethod
    def of(cls, event: RejectedEvent) -> RejectedEventView:
        """The public view."""
        return cls(
            id=event.rejected_event_id,
            code=event.code,
            detail=event.detail,
            index=event.index,
            body=event.body,
            idempotency_key=event.idempotency_key,
            api_key_id=event.api_key_id,
            request_id=event.request_id,
            received_at=event.received_at,
        )


class RejectedEventPage(ResponseModel):
    """A page of refused events."""

    data: list[RejectedEventView]
    next_cursor: str | None
