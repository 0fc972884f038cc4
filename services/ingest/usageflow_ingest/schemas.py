"""The bodies of the control routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.records import RejectedEvent
from usageflow_common.wire import Instant, Metadata, QueryModel, RequestModel, ResponseModel, public
from usageflow_ingest.domain.metrics import SUPPORTED_AGGREGATIONS, Metric


def _supported(value: str) -> str:
    if value not in SUPPORTED_AGGREGATIONS:
        raise PydanticCustomError("invalid_value", "Must be one of COUNT, SUM; others are not supported yet")
    return value


def _empty(value: list[Any]) -> list[Any]:
    if value:
        raise PydanticCustomError("invalid_value", "Must be empty: this is not supported yet")
    return value


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}\z")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
NotYet = Annotated[list[Any], AfterValidator(_empty)]


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


class MetricInput(RequestModel):
    """A new metric."""

    code: Name
    name: Words
    description: Annotated[str, Field(max_length=2000)] | None = None
    unit: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    event_name: Name | None = None
    aggregation: Annotated[str, AfterValidator(_supported)]
    value_property: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}\z")] | None = None
    filters: NotYet | None = None
    group_by: NotYet | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _count_takes_no_value(self) -> MetricInput:
        if self.aggregation == "COUNT" and self.value_property is not None:
            raise PydanticCustomError("invalid_value", "COUNT takes no valueProperty")
        return self


class MetricView(ResponseModel):
    """A metric."""

    id: Annotated[UUID, public(Prefix.METRIC)]
    code: str
    name: str
    description: str | None
    unit: str | None
    event_name: str
    aggregation: str
    value_property: str | None
    filters: list[Any]
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
            filters=[],
            group_by=[],
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
    api_key_id: Annotated[UUID | None, public(Prefix.API_KEY)]
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
