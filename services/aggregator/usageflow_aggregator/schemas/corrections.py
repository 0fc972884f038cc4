"""The shapes of voids and amendments, and the answer to them: the event as it stands, with the correction that is on its way."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from usageflow_aggregator.schemas.events import actor_text, event_body
from usageflow_aggregator.store.found_events import FoundEvent
from usageflow_common.clock import instant_text
from usageflow_common.records import AmendEvent, VoidEvent
from usageflow_common.wire import CustomerId, Instant, RequestModel, ResponseModel

Reason = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class VoidRequest(RequestModel):
    """`force` and `customerId`: also an event that has not been counted, which then never will be."""

    reason: Reason
    force: bool = False
    customer_id: CustomerId | None = None


class AmendRequest(RequestModel):
    """At least one new value. They are read by the rules of events, and refused with their codes."""

    amount: Annotated[Any, Field(json_schema_extra={"anyOf": [{"type": "number"}, {"type": "string"}]})] = None
    properties: Annotated[Any, Field(json_schema_extra={"type": "object", "maxProperties": 50})] = None
    timestamp: Annotated[Any, Field(json_schema_extra={"type": "string", "format": "date-time"})] = None
    reason: Reason

    @model_validator(mode="after")
    def _changes_something(self) -> AmendRequest:
        if self.amount is None and self.properties is None and self.timestamp is None:
            raise PydanticCustomError("required", "At least one of amount, properties and timestamp")
        return self


class CorrectionAnswer(ResponseModel):
    """One correction. `offset` is null while it is `pending`: accepted, and not counted yet."""

    kind: Literal["void", "amend"]
    revision: int
    reason: str
    actor: str
    at: Instant
    partition: int
    offset: int | None
    pending: bool = False


class CorrectedEventAnswer(ResponseModel):
    """The event as it counts until the correction is applied. Of one that was voided in advance only its id and customer are known."""

    event_id: UUID
    customer_id: str
    status: Literal["counted", "voided", "reverted"]
    partition: int
    corrections: list[CorrectionAnswer]
    metric: str | None = None
    amount: str | None = None
    timestamp: Instant | None = None
    properties: dict[str, Any] | None = None
    idempotency_key: str | None = None
    received_at: Instant | None = None
    revision: int | None = None
    backfill_id: str | None = None
    offset: int | None = None
    hash: str | None = None


def corrected_body(found: FoundEvent, record: VoidEvent | AmendEvent) -> dict[str, Any]:
    """The shape of CorrectedEventAnswer: the event as it counts until the correction is applied."""
    body = event_body(found.event, found.corrections)
    # Its revision, if no other correction comes first.
    pending = _pending_body(record, found.event.revision + 1, found.event.partition)
    return {**body, "corrections": [*body["corrections"], pending]}


def tombstone_body(record: VoidEvent, customer_id: str, partition: int) -> dict[str, Any]:
    """The shape of CorrectedEventAnswer. Nobody has seen the event: only its id is known, and whose it is said to be."""
    return {
        "eventId": str(record.target_event_id),
        "customerId": customer_id,
        "status": "voided",
        "partition": partition,
        "corrections": [_pending_body(record, 1, partition)],
    }


def _pending_body(record: VoidEvent | AmendEvent, revision: int, partition: int) -> dict[str, Any]:
    return {
        "kind": "void" if isinstance(record, VoidEvent) else "amend",
        "revision": revision,
        "reason": record.reason,
        "actor": actor_text(record.actor.type, record.actor.id),
        "at": instant_text(record.received_at),
        "partition": partition,
        "offset": None,
        "pending": True,
    }
