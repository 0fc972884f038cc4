"""What an answer to a batch means for its events. Pure; the statuses and codes are those of the HTTP API.

The rule behind all cases: an event leaves the queue only when the server has said what became of it.
"""

from __future__ import annotations

import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from usageflow.errors import Refused

RETRY_AFTER_SECONDS_MAX: Final = 300.0
_OWN_PROBLEM: Final = "urn:usageflow:problem:"
_UNREADABLE: Final = frozenset({"malformed_request", "validation_failed", "unknown_field"})
_PASSING: Final = frozenset({408, 425, 429})
_DETAIL_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, as far as it matters. `retry_after` is the header's text."""

    status: int
    body: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """The event at `index` of the batch will never be counted, for this reason."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The server has every event of the batch, but for those that it rejected."""

    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """The outcome is unknown, or it is not the time: repeat with the same keys, after `wait_seconds` at the earliest."""

    reason: str
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Indigestible:
    """The request as a whole cannot be read, though not by its sender's fault: some event in it is to blame."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Denied:
    """Nothing is taken from this sender at present."""

    refused: Refused


Verdict: TypeAlias = Taken | Later | Indigestible | Denied


def read_answer(answer: Answer, count: int, now: datetime) -> Verdict:
    """The verdict on a batch of `count` events. `now` is for a Retry-After that is a date."""
    body = _object(answer.body)
    own = str(body.get("type", "")).startswith(_OWN_PROBLEM)
    code = str(body.get("code", "unknown"))[:64]
    detail = str(body.get("detail", "The answer does not come from UsageFlow"))[:_DETAIL_CHARACTERS]
    match answer.status:
        case 202:
            return _taken(body, count)
        case 422 if code == "all_events_rejected":
            return _taken({**body, "accepted": 0}, count)
        case status if status in _PASSING or status >= 500:
            return Later(f"{status} {code}", retry_after_seconds(answer.retry_after, now))
        case 400 | 422 if own and code in _UNREADABLE:
            return Indigestible(code, detail)
        case 413 if own or count > 1:  # a proxy in between may have a limit of its own: smaller batches pass
            return Indigestible("event_too_large", detail)
        case status:
            return Denied(Refused(status, code, detail))


def retry_after_seconds(header: str | None, now: datetime) -> float:
    """Seconds or a date, at most five minutes; 0 for nothing and for nonsense."""
    if header is None:
        return 0.0
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_SECONDS_MAX)
    try:
        seconds = (email.utils.parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_SECONDS_MAX)


def _taken(body: Mapping[str, Any], count: int) -> Verdict:
    """Taken, if the answer accounts for every event; an answer that does not is none."""
    try:
        rejections = tuple(
            Rejection(entry["index"], str(entry["code"]), str(entry["detail"])) for entry in body["rejected"]
        )
        indexes = {rejection.index for rejection in rejections}
        accounted = body["accepted"] + len(indexes) == count and indexes <= set(range(count))
    except (KeyError, TypeError):
        accounted = False
    if not accounted or len(indexes) != len(rejections):
        return Later("the answer does not account for every event")
    return Taken(tuple(sorted(rejections, key=lambda rejection: rejection.index)))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
