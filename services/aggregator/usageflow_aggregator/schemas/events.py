"""The shapes of events: searches, and the one encoder of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import ConfigDict, Field

from usageflow_aggregator.domain.searching import Order
from usageflow_aggregator.store.found_events import Correction
from usageflow_aggregator.store.raw_events import StoredEvent
from usageflow_common.clock import instant_text
from usageflow_common.database import json_text
from usageflow_common.ids import Prefix, public_id
from usageflow_common.money import decimal_text
from usageflow_common.wire import Instant, QueryModel, ResponseModel, public


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
    backfill_id: Annotated[UUID, public(Prefix.BACKFILL)] | None = None
    sort: Order = Order.RECEIVED_LAST
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


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
    backfill_id: Annotated[UUID, public(Prefix.BACKFILL)] | None
    partition: int
    offset: int
    hash: str
    corrections: list[CorrectionBody]


class EventsAnswer(ResponseModel):
    """A page may hold fewer events than its limit, even none, and still have a next one: a search reads so many events, and no more."""

    data: list[EventAnswer]
    next_cursor: str | None


def event_body(event: StoredEvent, corrections: Sequence[Correction] = ()) -> dict[str, Any]:
    """The shape of EventAnswer."""
    core = event.core
    return {
        "eventId": str(core.event_id),
        "metric": core.metric,
        "amount": decimal_text(core.amount),
        "customerId": core.customer_id,
        "timestamp": instant_text(core.occurred_at),
        "properties": exact_json(event.properties),
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


def actor_text(kind: str, actor_id: str) -> str:
    """`usr_…` and `key_…`; whoever is neither a user nor a key has the name that was recorded."""
    prefix = {"user": Prefix.USER, "api_key": Prefix.API_KEY}.get(kind)
    return public_id(prefix, UUID(actor_id)) if prefix else actor_id


def exact_json(properties: Mapping[str, Any]) -> msgspec.Raw:
    """Properties as they go out: numbers stay numbers and keep all their digits."""
    return msgspec.Raw(json_text(properties).encode())


def _correction_body(correction: Correction) -> dict[str, Any]:
    return {
        "kind": correction.kind,
        "revision": correction.revision,
        "reason": correction.reason,
        "actor": actor_text(correction.actor["type"], correction.actor["id"]),
        "at": instant_text(correction.at),
        "partition": correction.partition,
        "offset": correction.offset,
    }
