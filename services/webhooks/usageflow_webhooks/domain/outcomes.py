"""What an attempt means: the log's view of it (succeeded, failed and why), and the dispatch's (delivered, again, given up, gone)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from usageflow_webhooks.domain.schedule import next_attempt_at, parse_retry_after


class ErrorCode(StrEnum):
    """Why an attempt failed."""

    HTTP_STATUS = "http_status"
    REDIRECT = "redirect"
    TIMEOUT = "timeout"
    DNS = "dns"
    ADDRESS_REFUSED = "address_refused"
    CONNECT = "connect"
    TLS = "tls"
    RESPONSE_INVALID = "response_invalid"
    INTERRUPTED = "interrupted"
    """Our own process ended before it could write the result down: the receiver may or may not have had it."""


EXPLANATIONS: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.HTTP_STATUS: "The receiver answered with a status other than 2xx.",
    ErrorCode.REDIRECT: "The receiver answered with a redirect, which is not followed: enter the final URL.",
    ErrorCode.TIMEOUT: "The receiver had not answered within 15 seconds. Answer first and work afterwards.",
    ErrorCode.DNS: "The host's name could not be resolved.",
    ErrorCode.ADDRESS_REFUSED: "The host has an address that webhooks may not go to.",
    ErrorCode.CONNECT: "No connection: nothing listens there, or a firewall refuses.",
    ErrorCode.TLS: "The TLS handshake failed: the certificate is expired, for another name, or not trusted.",
    ErrorCode.RESPONSE_INVALID: "The connection was closed, or what came was not HTTP, before an answer was complete.",
    ErrorCode.INTERRUPTED: "UsageFlow stopped before the answer came. The receiver may have had it; it is sent again.",
}
"""In plain words, for people."""


TIMINGS: Final = ("dnsMs", "connectMs", "tlsMs", "firstByteMs")
"""The parts of an attempt that are timed, in their order."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The head of an answer was read. `body` holds what is kept of the body; header names are in lower case.

    `truncated`: there was more than is kept, or the body broke off or never ended, which decides nothing.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer that could be read."""

    code: ErrorCode


Answer = Answered | Unanswered


@dataclass(frozen=True, slots=True)
class Delivered:
    """A 2xx: done."""


@dataclass(frozen=True, slots=True)
class Again:
    """Not yet: try again at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Every attempt of the schedule is used up."""


@dataclass(frozen=True, slots=True)
class Gone:
    """410: the receiver asks for no more; the endpoint is switched off and what waits for it is parked."""


Verdict = Delivered | Again | GivenUp | Gone

FAILING_AFTER = timedelta(days=5)
"""An endpoint without any success for so long is switched off when a dispatch is given up."""


def error_of(answer: Answer) -> ErrorCode | None:
    """What the log says about it; None is success. Any 2xx is success, whatever became of the body."""
    match answer:
        case Unanswered(code):
            return code
        case Answered(status) if 200 <= status < 300:
            return None
        case Answered(status) if 300 <= status < 400:
            return ErrorCode.REDIRECT
        case _:
            return ErrorCode.HTTP_STATUS


def judge(answer: Answer, attempts_made: int, ended_at: datetime, jitter_permille: int) -> Verdict:
    """What becomes of the dispatch after `attempts_made` attempts of its schedule, this one included."""
    match answer:
        case Answered(410):
            return Gone()
        case Answered() if error_of(answer) is None:
            return Delivered()
        case _:
            at = next_attempt_at(attempts_made, ended_at, jitter_permille, wish_of(answer, ended_at))
            return GivenUp() if at is None else Again(at)


def wish_of(answer: Answer, ended_at: datetime) -> timedelta | None:
    """How long a receiver that is busy (429, 503) asks to be left alone."""
    match answer:
        case Answered(429 | 503):
            return parse_retry_after(answer.headers.get("retry-after"), ended_at)
        case _:
            return None


def is_failing(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has had no success for long enough to be switched off."""
    return failing_since is not None and now - failing_since >= FAILING_AFTER
