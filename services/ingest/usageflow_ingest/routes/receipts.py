"""What a sender of events is told: a function of the request alone, so that a retry gets the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from usageflow_common.errors import UsageflowError, ValidationFailed
from usageflow_ingest.domain.outcomes import Arrival, Refused
from usageflow_ingest.routes.batch_bodies import no_events
from usageflow_ingest.service.tracking import Verdict

LISTED_MAX: Final = 1_000
"""All refused events are kept; so many are listed in the answer."""

F = TypeVar("F", bound=UsageflowError)


def receipt(arrival: Arrival) -> dict[str, Any]:
    """The body of the 202 of one event."""
    return {
        "status": "accepted",
        "eventId": str(arrival.event_id),
        "idempotencyKey": arrival.idempotency_key,
    }


def refusal(refused: Refused) -> ValidationFailed:
    """The problem of one event."""
    return ValidationFailed(refused.detail, code=refused.code)


class Tally:
    """What became of the events of one request so far."""

    def __init__(self) -> None:
        self.total = 0
        self._refused = 0
        self._listed: list[dict[str, Any]] = []

    def add(self, arrivals: Sequence[Arrival], verdicts: Sequence[Verdict]) -> None:
        """Count one more part of the request."""
        self.total += len(arrivals)
        for arrival, verdict in zip(arrivals, verdicts, strict=True):
            if isinstance(verdict, Refused):
                self._refused += 1
                if len(self._listed) < LISTED_MAX:
                    self._listed.append({"index": arrival.index, "code": verdict.code, "detail": verdict.detail})

    def receipt(self, idempotency_key: str) -> dict[str, Any]:
        """The body of the 202; ValidationFailed when there was no event, or no good one."""
        if self.total == 0:
            raise no_events()
        rejected = {"rejectedCount": self._refused, "rejected": self._listed}
        if self._refused == self.total:
            raise ValidationFailed(
                "No event of the batch was accepted.", code="all_events_rejected", extensions=rejected
            )
        accepted = {"status": "accepted", "idempotencyKey": idempotency_key, "accepted": self.total - self._refused}
        return accepted | rejected


def resumable(failure: F, index: int) -> F:
    """The failure that says from which event on nothing is known. A copy: several requests may share one failure."""
    kind = type(failure)
    named = kind.__new__(kind, *failure.args)
    vars(named).update(vars(failure))
    named.extensions = {**failure.extensions, "resumeFrom": index}
    return named
