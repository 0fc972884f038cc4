"""The kinds of facts that endpoints can choose. What their `data` holds is said by the models that it is made with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

EVERYTHING: Final = "*"
PING: Final = "ping"
ENDPOINT_DISABLED: Final = "endpoint.disabled"


@dataclass(frozen=True, slots=True)
class EventType:
    """A name, and what it tells."""

    name: str
    description: str


EVENT_TYPES: Final = (
    EventType("invoice.created", "An invoice was issued."),
    EventType("invoice.paid", "An invoice is paid in full."),
    EventType("invoice.failed", "A payment failed, or the invoice is overdue."),
    EventType("invoice.voided", "An invoice was voided."),
    EventType("subscription.created", "A subscription began."),
    EventType("subscription.updated", "A subscription changed."),
    EventType("subscription.canceled", "A subscription ended."),
    EventType("subscription.suspended", "A subscription was paused, or is suspended because it is unpaid."),
    EventType("subscription.resumed", "A suspended subscription is active again."),
    EventType("usage.threshold_reached", "Usage of a period reached a threshold."),
    EventType(ENDPOINT_DISABLED, "Another endpoint was switched off."),
    EventType(PING, "A test, sent on request."),
)

NAMES: Final = frozenset(kind.name for kind in EVENT_TYPES)


def chosen(choice: Collection[str], event_type: str) -> bool:
    """Whether an endpoint with this choice wants facts of this type; `*` also means types that are added later."""
    return EVERYTHING in choice or event_type in choice
