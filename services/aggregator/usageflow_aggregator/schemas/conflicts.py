"""The shapes of conflicts."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import CustomerId, Instant, QueryModel, ResponseModel, public


class ConflictQuery(QueryModel):
    """Newest first."""

    kind: Annotated[str | None, Field(max_length=64)] = None
    customer_id: CustomerId | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    sort: Literal["createdAt", "-createdAt"] = "-createdAt"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
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
