"""The shapes of the aggregator's requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field

from usageflow_aggregator.domain.civil import WindowSize
from usageflow_aggregator.store.events import StoredEvent
from usageflow_common.clock import instant_text
from usageflow_common.database import json_text
from usageflow_common.money import decimal_text
from usageflow_common.wire import CustomerId, Instant, QueryModel, RequestModel, ResponseModel, TimeZone

_Partition = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,4})$")]
_Offset = Annotated[int, Field(ge=0, lt=2**63)]


class UsageQuery(QueryModel):
    """`from` and `to` are instants, or dates that mean midnight in `timeZone`."""

    metric: Annotated[str, Field(min_length=1, max_length=255)]
    from_: Annotated[str, Field(alias="from", max_length=64)]
    to: Annotated[str, Field(max_length=64)]
    window_size: WindowSize = WindowSize.NONE
    time_zone: TimeZone | None = None
    customer_id: Annotated[str | None, Field(max_length=4096)] = None
    group_by: str | None = None
    compare: str | None = None
    order: str | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    cursor: str | None = None


class UsageWindow(ResponseModel):
    """One window of the answer; an end of the range cuts the first and the last one."""

    window_start: Instant
    window_end: Instant
    group: dict[str, str] = Field(default_factory=dict)
    value: str
    event_count: int


class UsageTotal(ResponseModel):
    """The whole range."""

    value: str
    event_count: int


class UsageAnswer(ResponseModel):
    """`countedThrough`: whatever was accepted before this instant is in the answer."""

    metric: str
    aggregation: str
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    window_size: WindowSize
    time_zone: str
    group_by: list[str] = Field(default_factory=list)
    data: list[UsageWindow]
    total: UsageTotal
    previous: None = None
    change: None = None
    counted_through: Instant
    next_cursor: str | None


class SelectionRequest(RequestModel):
    """Raw events of one customer that feed one metric, in a range, below a cut: partition → offset."""

    metric_id: UUID
    customer_id: CustomerId
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    group: dict[str, str] = Field(default_factory=dict, max_length=50)
    cut: Annotated[dict[_Partition, _Offset], Field(max_length=1024)]
    cursor: str | None = None
    limit: Annotated[int | None, Field(ge=1, le=10_000)] = None
    windows: bool = False


class RecomputedWindow(ResponseModel):
    """A quarter hour that has events."""

    window_start: Instant
    window_end: Instant
    value: str
    event_count: int
    digest: str


class RecomputeAnswer(ResponseModel):
    """Value, count and digest are those of the whole range on every page of windows."""

    value: str
    event_count: int
    digest: str
    windows: list[RecomputedWindow]
    next_cursor: str | None


class EventAnswer(ResponseModel):
    """One counted event."""

    event_id: UUID
    metric: str
    amount: str
    customer_id: str
    timestamp: Instant
    properties: dict[str, Any]
    idempotency_key: str
    received_at: Instant
    status: Literal["counted"] = "counted"
    revision: int = 1
    backfill_id: None = None
    partition: int
    offset: int
    hash: str
    corrections: list[dict[str, Any]] = Field(default_factory=list)


def event_body(event: StoredEvent) -> dict[str, Any]:
    """The shape of EventAnswer. Numbers in properties keep all their digits, so they are encoded here."""
    core = event.core
    return {
        "eventId": str(core.event_id),
        "metric": core.metric,
        "amount": decimal_text(core.amount),
        "customerId": core.customer_id,
        "timestamp": instant_text(core.occurred_at),
        "properties": msgspec.Raw(json_text(event.properties).encode()),
        "idempotencyKey": core.idempotency_key,
        "receivedAt": instant_text(event.received_at),
        "status": "counted",
        "revision": 1,
        "backfillId": None,
        "partition": event.partition,
        "offset": event.offset,
        "hash": event.hash.hex(),
        "corrections": [],
    }


def instant_of(text: str) -> datetime:
    """The inverse of instant_text, for positions inside our own signed cursors."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
