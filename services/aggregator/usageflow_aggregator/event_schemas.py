"""The shapes of searches for events and for conflicts."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from usageflow_aggregator.domain.searching import Order
from usageflow_common.ids import Prefix
from usageflow_common.wire import CustomerId, Instant, QueryModel, ResponseModel, public

_Limit = Annotated[int, Field(ge=1, le=200)]


class EventQuery(QueryModel):
    """`property.<key>` filters by a property; it needs `metric` or `customerId`, and a range of at most 31 days.

    Sorted by `receivedAt` (in the order of the log, which may differ by milliseconds) or, for given customers, by `timestamp`.
    """

    # The names of property.<key> parameters are the caller's own; the route judges them.
    model_config = ConfigDict(extra="ignore")

    metric: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    customer_id: Annotated[str | None, Field(max_length=4096)] = None
    idempotency_key: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    timestamp_from: Instant | None = None
    timestamp_to: Instant | None = None
    received_from: Instant | None = None
    received_to: Instant | None = None
    status: Annotated[str | None, Field(max_length=64)] = None
    backfill_id: Annotated[UUID | None, public(Prefix.BACKFILL)] = None
    sort: Order = Order.RECEIVED_LAST
    limit: _Limit = 50
    cursor: str | None = None


class ConflictQuery(QueryModel):
    """Newest first."""

    kind: Annotated[str | None, Field(max_length=64)] = None
    customer_id: CustomerId | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    limit: _Limit = 50
    cursor: str | None = None


class ConflictAnswer(ResponseModel):
    """What came under a used key, or named a revision that was no longer the present one. `differs`: the fields in which both differ."""

    id: Annotated[UUID, public(Prefix.CONFLICT)]
    kind: str
    event_id: UUID
    idempotency_key: str | None
    counted: dict[str, Any] | None
    refused: dict[str, Any]
    differs: list[str]
    created_at: Instant


class ConflictsAnswer(ResponseModel):
    """A page of conflicts."""

    data: list[ConflictAnswer]
    next_cursor: str | None
