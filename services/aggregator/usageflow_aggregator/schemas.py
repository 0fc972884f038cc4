"""The shapes of the aggregator's requests and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import ConfigDict, Field

from usageflow_aggregator.domain.civil import WindowSize
from usageflow_aggregator.store.found_events import Correction
from usageflow_aggregator.store.raw_events import StoredEvent
from usageflow_common.clock import instant_text
from usageflow_common.database import json_text
from usageflow_common.ids import Prefix, public_id
from usageflow_common.money import decimal_text
from usageflow_common.wire import (
    CustomerId,
    ExactDecimal,
    Instant,
    QueryModel,
    RequestModel,
    ResponseModel,
    TimeZone,
    public,
)

_Partition = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,4})$")]
_Offset = Annotated[int, Field(ge=0, lt=2**63)]


class UsageQuery(QueryModel):
    """`from` and `to` are instants, or dates that mean midnight in `timeZone`. `group.<key>` filters by a group-by key of the metric."""

    # The names of group.<key> parameters are the metric's; the route judges them.
    model_config = ConfigDict(extra="ignore")

    metric: Annotated[str, Field(min_length=1, max_length=255)]
    from_: Annotated[str, Field(alias="from", max_length=64)]
    to: Annotated[str, Field(max_length=64)]
    window_size: WindowSize = WindowSize.NONE
    time_zone: TimeZone | None = None
    group_by: Annotated[str | None, Field(max_length=512)] = None
    customer_id: Annotated[str | None, Field(max_length=4096)] = None
    compare: Literal["previous_period"] | None = None
    order: Literal["window", "-value"] = "window"
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    cursor: str | None = None


class UsageRow(ResponseModel):
    """One window of one group; an end of the range cuts the first and the last window. `value` is null where there is none to tell."""

    window_start: Instant
    window_end: Instant
    group: dict[str, str]
    value: ExactDecimal | None
    event_count: int


class UsageTotal(ResponseModel):
    """The whole range."""

    value: ExactDecimal | None
    event_count: int


class PreviousUsage(ResponseModel):
    """The period before: the windows and groups that the page has, and its own total."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    data: list[UsageRow]
    total: UsageTotal


class UsageAnswer(ResponseModel):
    """`countedThrough`: whatever was accepted before this instant is in the answer."""

    metric: str
    aggregation: str
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    window_size: WindowSize
    time_zone: str
    group_by: list[str]
    data: list[UsageRow]
    total: UsageTotal
    previous: PreviousUsage | None
    change: ExactDecimal | None
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
    value: ExactDecimal | None
    event_count: int
    digest: str


class RecomputeAnswer(ResponseModel):
    """Value, count, digest, `state` (as usage.aggregated has it), `opening` and `distinct` are those of the whole range on every page.

    `opening`: the level at the beginning, for WEIGHTED_SUM; `distinct`: the number of values, for UNIQUE.
    """

    value: ExactDecimal | None
    event_count: int
    digest: str
    state: dict[str, str]
    opening: ExactDecimal
    distinct: int
    windows: list[RecomputedWindow]
    next_cursor: str | None


class CorrectionBody(ResponseModel):
    """A correction that was applied to an event."""

    kind: str
    revision: int
    reason: str
    actor: str
    at: Instant
    partition: int
    offset: int


class EventAnswer(ResponseModel):
    """One event as it is now. `hash` is that of the values shown; a correction raises the revision."""

    event_id: UUID
    metric: str
    amount: str
    customer_id: str
    timestamp: Instant
    properties: dict[str, Any]
    idempotency_key: str
    received_at: Instant
    status: Literal["counted", "voided", "reverted"]
    revision: int
    backfill_id: Annotated[UUID | None, public(Prefix.BACKFILL)]
    partition: int
    offset: int
    hash: str
    corrections: list[CorrectionBody]


class EventsAnswer(ResponseModel):
    """A page may hold fewer events than its limit, even none, and still have a next one: a search reads so many events, and no more."""

    data: list[EventAnswer]
    next_cursor: str | None


def event_body(event: StoredEvent, corrections: Sequence[Correction] = ()) -> dict[str, Any]:
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
        "status": event.status,
        "revision": event.revision,
        "backfillId": public_id(Prefix.BACKFILL, core.backfill_id) if core.backfill_id else None,
        "partition": event.partition,
        "offset": event.offset,
        "hash": event.hash.hex(),
        "corrections": [_correction_body(correction) for correction in corrections],
    }


def _correction_body(correction: Correction) -> dict[str, Any]:
    return {
        "kind": correction.kind,
        "revision": correction.revision,
        "reason": correction.reason,
        "actor": actor_text(correction.actor),
        "at": instant_text(correction.at),
        "partition": correction.partition,
        "offset": correction.offset,
    }


def actor_text(actor: Mapping[str, Any]) -> str:
    """`usr_…` and `key_…`; whoever is neither a user nor a key has the name that was recorded."""
    prefix = {"user": Prefix.USER, "api_key": Prefix.API_KEY}.get(actor["type"])
    return public_id(prefix, UUID(actor["id"])) if prefix else str(actor["id"])


def instant_of(text: str) -> datetime:
    """The inverse of instant_text, for positions inside our own signed cursors."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
