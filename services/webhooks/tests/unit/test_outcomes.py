"""What an attempt means for the log and for its dispatch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from usageflow_webhooks.domain.dispatches import Standing, stand
from usageflow_webhooks.domain.endpoints import Endpoint
from usageflow_webhooks.domain.outcomes import (
    Again,
    Answer,
    Answered,
    Delivered,
    ErrorCode,
    GivenUp,
    Gone,
    Unanswered,
    Verdict,
    error_of,
    is_failing,
    judge,
)

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
SOON = Again(NOW + timedelta(seconds=5))
LATER = Again(NOW + timedelta(minutes=2))
ID = UUID(int=1)


@pytest.mark.parametrize(
    ("answer", "error", "verdict"),
    [
        (Answered(200), None, Delivered()),
        (Answered(204), None, Delivered()),
        (Answered(299, truncated=True), None, Delivered()),
        (Answered(101), ErrorCode.HTTP_STATUS, SOON),
        (Answered(300), ErrorCode.REDIRECT, SOON),
        (Answered(301), ErrorCode.REDIRECT, SOON),
        (Answered(308), ErrorCode.REDIRECT, SOON),
        (Answered(400), ErrorCode.HTTP_STATUS, SOON),
        (Answered(404), ErrorCode.HTTP_STATUS, SOON),
        (Answered(410), ErrorCode.HTTP_STATUS, Gone()),
        (Answered(429), ErrorCode.HTTP_STATUS, SOON),
        (Answered(429, {"retry-after": "120"}), ErrorCode.HTTP_STATUS, LATER),
        (Answered(503, {"retry-after": "120"}), ErrorCode.HTTP_STATUS, LATER),
        (Answered(503, {"retry-after": "whenever"}), ErrorCode.HTTP_STATUS, SOON),
        (Answered(500, {"retry-after": "120"}), ErrorCode.HTTP_STATUS, SOON),
        (Answered(200, {"retry-after": "120"}), None, Delivered()),
        (Unanswered(ErrorCode.TIMEOUT), ErrorCode.TIMEOUT, SOON),
        (Unanswered(ErrorCode.INTERRUPTED), ErrorCode.INTERRUPTED, SOON),
    ],
)
def test_the_status_decides(answer: Answer, error: ErrorCode | None, verdict: Verdict):
    assert error_of(answer) == error
    assert judge(answer, 1, NOW, 0) == verdict


def test_the_tenth_failure_is_the_last():
    assert judge(Answered(500), 9, NOW, 0) == Again(NOW + timedelta(hours=24))
    assert judge(Answered(500), 10, NOW, 0) == GivenUp()
    assert judge(Answered(200), 10, NOW, 0) == Delivered()


@pytest.mark.parametrize(
    ("since", "failing"), [(None, False), (timedelta(days=4, hours=23), False), (timedelta(days=5), True)]
)
def test_five_days_without_success_are_a_failing_endpoint(since: timedelta | None, *, failing: bool):
    assert is_failing(NOW - since if since else None, NOW) is failing


def endpoint(*, enabled: bool = True, deleted: bool = False) -> Endpoint:
    return Endpoint(
        org_id=ID,
        endpoint_id=ID,
        url="https://example.com/",
        description=None,
        event_types=("*",),
        disabled_reason=None if enabled else "manual",
        secret_rotated_at=NOW,
        created_at=NOW,
        deleted_at=NOW if deleted else None,
        version=1,
    )


ENABLED, DISABLED, DELETED = endpoint(), endpoint(enabled=False), endpoint(enabled=False, deleted=True)


@pytest.mark.parametrize(
    ("verdict", "to", "standing"),
    [
        (Delivered(), ENABLED, Standing("delivered", completed_at=NOW)),
        (Delivered(), DISABLED, Standing("delivered", completed_at=NOW)),
        (Delivered(), DELETED, Standing("delivered", completed_at=NOW)),
        (SOON, ENABLED, Standing("retrying", due_at=SOON.at)),
        (SOON, DISABLED, Standing("parked")),
        (SOON, DELETED, Standing("discarded", completed_at=NOW)),
        (GivenUp(), ENABLED, Standing("failed", completed_at=NOW)),
        (Gone(), ENABLED, Standing("parked")),
        (Gone(), DELETED, Standing("discarded", completed_at=NOW)),
    ],
)
def test_an_endpoint_that_changed_meanwhile_decides_what_becomes_of_open_dispatches(
    verdict: Verdict, to: Endpoint, standing: Standing
):
    assert stand(verdict, to, NOW) == standing
