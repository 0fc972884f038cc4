"""What every act of the demo organization's story works with: the API, the dates, what was sent, and a way to tell how far it is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from usageflow_cli.api import Refused, Unreachable
from usageflow_cli.seed.desk import Desk, Door
from usageflow_cli.seed.timeline import Timeline
from usageflow_cli.seed.usage import Tally

WAIT_SECONDS: Final = 120.0
BATCH: Final = 2_000


@dataclass(slots=True)
class Stage:
    """`tell` prints how far it is; `tally` counts what was sent, as the metrics do."""

    desk: Desk
    door: Door
    organization: Any
    timeline: Timeline
    seed: int
    tell: Callable[[str], None]
    tally: Tally = field(default_factory=Tally.empty)

    def now(self) -> datetime:
        """The organization's time."""
        return instant(self.desk.get("/api/test-clock")["now"])

    def advance(self, to: datetime) -> None:
        """Move the clock there, and wait until everything that falls due on the way is done. Nothing when it is there."""
        if self.now() >= to:
            return
        self.desk.post("/api/test-clock/advance", {"to": text(to)})
        self.wait("the clock", lambda: self.desk.get("/api/test-clock")["target"] is None)

    def send(self, events: list[dict[str, Any]]) -> int:
        """Events, unless the last of them is there; how many they are."""
        self.tally.add(events)
        if events and not self.is_counted(events[-1]):
            for first in range(0, len(events), BATCH):
                body = json.dumps({"events": events[first : first + BATCH]}).encode()
                self.desk.post_raw("/api/track/batch", body, "application/json")
        return len(events)

    def is_counted(self, event: dict[str, Any]) -> bool:
        """Whether an event is there already."""
        return self.event(event["idempotencyKey"]) is not None

    def event(self, key: str) -> Any | None:
        """A counted event by its key."""
        return self.desk.one("/api/events", idempotencyKey=key, limit="1")

    def invoices(self, customer_id: str, period: int) -> Iterator[Any]:
        """Issued invoices of a customer for a period (a number of the timeline)."""
        start, end = self.timeline.period(period)
        for invoice in self.desk.get("/api/invoices", customerId=customer_id, limit="50")["data"]:
            if invoice["number"] is not None and start <= instant(invoice["period"]["start"]) < end:
                yield invoice

    def subscription(self, customer_id: str) -> Any | None:
        """A customer's subscription."""
        return self.desk.one("/api/subscriptions", customerId=customer_id)

    def once(self, path: str, body: dict[str, Any], mark: str) -> Any:
        """An act that happens once, by its mark."""
        return self.desk.post(path, body, key=f"seed {mark}")

    def wait(self, what: str, ready: Callable[[], Any]) -> Any:
        """Ask until the answer is true. Raises Unreachable after two minutes."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not (found := ready()):
            if time.monotonic() > deadline:
                raise Unreachable(f"{what}: still waiting after {WAIT_SECONDS:.0f} s")
            time.sleep(0.15)
        return found

    def tolerant(self, path: str, body: dict[str, Any], *codes: str) -> Any | None:
        """Do something that an earlier run may have done: None when it is refused with one of these codes."""
        try:
            return self.desk.post(path, body)
        except Refused as refusal:
            if refusal.code not in codes:
                raise
            return None


def instant(value: str) -> datetime:
    """RFC 3339 as an aware instant."""
    return datetime.fromisoformat(value)


def text(value: datetime) -> str:
    """An instant as the API takes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def founding_hour(organization: Any) -> datetime:
    """Where the story ends: the hour in which the organization was founded, the same in every run."""
    created = instant(organization["createdAt"]).astimezone(UTC)
    return created - timedelta(minutes=created.minute, seconds=created.second, microseconds=created.microsecond)
