"""A dispatch: one fact for one endpoint, and how an attempt changes where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from usageflow_webhooks.domain.endpoints import Endpoint
from usageflow_webhooks.domain.outcomes import Again, Answer, Delivered, GivenUp, Gone, Verdict

DispatchStatus = Literal["pending", "retrying", "delivered", "failed", "parked", "discarded"]
OPEN: frozenset[DispatchStatus] = frozenset({"pending", "retrying"})


@dataclass(frozen=True, slots=True)
class Dispatch:
    """`attempts` counts those that are over; `due_at` is set exactly while it is open."""

    org_id: UUID
    dispatch_id: UUID
    event_id: UUID
    event_type: str
    endpoint_id: UUID
    status: DispatchStatus
    attempts: int
    due_at: datetime | None
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Leased:
    """An attempt that may be made until `lease_until`. The lease's id becomes the id of its row in the log.

    `steady`: its success changes nothing about the endpoint. `failing`: the endpoint's attempts before it failed.
    """

    org_id: UUID
    dispatch_id: UUID
    endpoint_id: UUID
    event_id: UUID
    lease_id: UUID
    leased_at: datetime
    lease_until: datetime
    attempts: int
    schedule_start: int
    url: str
    steady: bool = False
    failing: bool = False

    @property
    def attempt(self) -> int:
        """The number of this attempt over the dispatch's whole life, replays included."""
        return self.attempts + 1

    @property
    def schedule_attempts(self) -> int:
        """The number of this attempt in the present schedule: a replay begins a new one."""
        return self.attempt - self.schedule_start


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was sent and what came back. `timings` in milliseconds: what did not happen is absent (a connection that was reused)."""

    answer: Answer
    ended_at: datetime
    duration_ms: int
    remote_address: str | None
    request_headers: Mapping[str, str]
    timings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a dispatch stands after an attempt."""

    status: DispatchStatus
    due_at: datetime | None = None
    completed_at: datetime | None = None


def stand(verdict: Verdict, endpoint: Endpoint, ended_at: datetime) -> Standing:
    """The dispatch after an attempt. An endpoint that was disabled or deleted while it ran parks or drops what is still open."""
    match verdict:
        case Delivered():
            return Standing("delivered", completed_at=ended_at)
        case GivenUp():
            return Standing("failed", completed_at=ended_at)
        case Again() | Gone() if endpoint.deleted_at is not None:
            return Standing("discarded", completed_at=ended_at)
        case Gone():
            return Standing("parked")
        case Again(at):
            return Standing("retrying", due_at=at) if endpoint.enabled else Standing("parked")
        case _:
            assert_never(verdict)
