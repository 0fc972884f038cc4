"""The shapes of backfills."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from usageflow_aggregator.schemas.corrections import Reason
from usageflow_aggregator.store.backfills import Backfill
from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, QueryModel, RequestModel, ResponseModel, public


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
