"""The shapes of corrections and backfills: requests and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from usageflow_aggregator.store.backfills import Backfill
from usageflow_common.ids import Prefix
from usageflow_common.wire import CustomerId, Instant, QueryModel, RequestModel, ResponseModel, public

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


class BackfillRequest(RequestModel):
    """A named range of times, [from, to)."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    reason: Reason


class RevertRequest(RequestModel):
    """Why all of its events are taken back."""

    reason: Reason | None = None


class BackfillQuery(QueryModel):
    """Filters of the list: `status` is a comma list."""

    status: Annotated[
        str | None, StringConstraints(pattern=r"^(open|closed|reverted)(,(open|closed|reverted)){0,2}\z")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class BackfillView(ResponseModel):
    """A backfill. `countedEvents`: all that ever counted; `revertedEvents`: those that were taken back."""

    id: Annotated[UUID, public(Prefix.BACKFILL)]
    name: str
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    reason: str
    status: Literal["open", "closed", "reverted"]
    counted_events: int
    reverted_events: int
    created_at: Instant
    closed_at: Instant | None
    reverted_at: Instant | None
    version: int

    @classmethod
    def of(cls, backfill: Backfill) -> BackfillView:
        """The public view."""
        return cls(
            id=backfill.backfill_id,
            name=backfill.name,
            from_=backfill.from_at,
            to=backfill.to_at,
            reason=backfill.reason,
            status=backfill.status,
            counted_events=backfill.counted_events,
            reverted_events=backfill.reverted_events,
            created_at=backfill.created_at,
            closed_at=backfill.closed_at,
            reverted_at=backfill.reverted_at,
            version=backfill.version,
        )


class BackfillPage(ResponseModel):
    """A page of backfills."""

    data: list[BackfillView]
    next_cursor: str | None
