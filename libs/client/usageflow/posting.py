"""A batch as an HTTP request, and its response as a verdict: what the two clients have in common."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

import httpx

from usageflow import clock
from usageflow.answers import Answer, Denied, Later, Verdict, read_answer
from usageflow.courier import RejectedEvent, Settled
from usageflow.options import Options

_CONNECT_SECONDS_MAX: Final = 10.0
_log = logging.getLogger("usageflow")


def http_settings(url: str, api_key: str, options: Options) -> dict[str, Any]:
    """Arguments for httpx.Client and httpx.AsyncClient alike. ValueError for an address that is none."""
    parsed = httpx.URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("The url is that of the gateway: https://usage.example.com")
    seconds = options.request_seconds
    return {
        "base_url": parsed,
        "headers": {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"},
        "timeout": httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS_MAX)),
        "trust_env": options.trust_env,
    }


def path_of(options: Options) -> str:
    """Where batches go."""
    return "/api/track/batch" if options.backfill is None else f"/api/backfills/{options.backfill}/events"


def body_of(payloads: Sequence[bytes]) -> bytes:
    """The events are joined as they are: a repetition has the same bytes."""
    return b'{"events":[' + b",".join(payloads) + b"]}"


def verdict_of(response: httpx.Response, count: int) -> Verdict:
    """What the response says of the batch of `count` events."""
    answer = Answer(response.status_code, response.content, response.headers.get("retry-after"))
    return read_answer(answer, count, clock.now())


def broken(error: httpx.RequestError) -> Later:
    """Nothing was answered: whether anything arrived is unknown."""
    return Later(f"{type(error).__name__}: {error}"[:200])


class Announcer:
    """Tells the program, and its log, what becomes of its events. A callback that raises is logged and changes nothing."""

    def __init__(
        self, on_rejected: Callable[[RejectedEvent], None] | None, on_settled: Callable[[Settled], None] | None
    ) -> None:
        self._on_rejected = on_rejected
        self._on_settled = on_settled
        self._failing = False

    def announce(self, verdict: Verdict, settled: Settled) -> None:
        """Log the beginning and the end of trouble, and call back for what is settled."""
        match verdict:
            case Later(reason):
                if not self._failing:
                    _log.warning("events wait: %s", reason)
                self._failing = True
            case Denied(refused):
                _log.error("the server takes no events from this sender: %s", refused)
                self._failing = True
            case _ if settled.count and self._failing:
                _log.warning("events are delivered again")
                self._failing = False
        for event in settled.rejected:
            if self._on_rejected is None:
                _log.warning("event %s was rejected: %s: %s", event.idempotency_key, event.code, event.detail)
            else:
                self._call(self._on_rejected, event)
        if settled.count and self._on_settled is not None:
            self._call(self._on_settled, settled)

    def _call(self, callback: Callable[[Any], None], argument: object) -> None:
        try:
            callback(argument)
        except Exception:  # noqa: BLE001 - the sender must outlive its callbacks
            _log.exception("a callback failed")
