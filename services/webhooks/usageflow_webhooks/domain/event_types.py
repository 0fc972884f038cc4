"""The kinds of facts that endpoints can choose, with what their `data` holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

EVERYTHING: Final = "*"
PING: Final = "ping"
ENDPOINT_DISABLED: Final = "endpoint.disabled"


@dataclass(frozen=True, slots=True)
class EventType:
    """A name, what it tells, and the members of its `data` (name → JSON type)."""

    name: str
    description: str
    members: tuple[tuple[str, str | tuple[str, ...]], ...]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of `data`. Members may be added later, so unknown ones are allowed."""
        properties = {name: {"type": list(kind) if isinstance(kind, tuple) else kind} for name, kind in self.members}
        return {"type": "object", "required": list(properties), "properties": properties}


_INVOICE: Final = ("invoice", "object")
_SUBSCRIPTION: Final = ("subscription", "object")
_OPTIONAL_OBJECT: Final = ("object", "null")

EVENT_TYPES: Final = (
    EventType("invoice.created", "An invoice was issued.", (_INVOICE,)),
    EventType("invoice.paid", "An invoice is paid in full.", (_INVOICE, ("payment", _OPTIONAL_OBJECT))),
    EventType(
        "invoice.failed",
        "A payment failed, or the invoice is overdue.",
        (_INVOICE, ("payment", _OPTIONAL_OBJECT), ("dunning", "object")),
    ),
    EventType("invoice.voided", "An invoice was voided.", (_INVOICE, ("reason", "string"))),
    EventType("subscription.created", "A subscription began.", (_SUBSCRIPTION, ("previous", "object"))),
    EventType("subscription.updated", "A subscription changed.", (_SUBSCRIPTION, ("previous", "object"))),
    EventType("subscription.canceled", "A subscription ended.", (_SUBSCRIPTION, ("reason", "string"))),
    EventType(
        "subscription.suspended",
        "A subscription was paused, or is suspended because it is unpaid.",
        (_SUBSCRIPTION, ("reason", "string"), ("invoiceId", ("string", "null"))),
    ),
    EventType(
        "subscription.resumed",
        "A suspended subscription is active again.",
        (_SUBSCRIPTION, ("reason", "string"), ("invoiceId", ("string", "null"))),
    ),
    EventType(
        "usage.threshold_reached",
        "Usage of a period reached a threshold.",
        (
            ("threshold", "object"),
            ("customerId", "string"),
            ("subscriptionId", "string"),
            ("period", "object"),
            ("quantity", ("string", "null")),
            ("amount", "object"),
        ),
    ),
    EventType(
        ENDPOINT_DISABLED,
        "Another endpoint was switched off.",
        (
            ("endpoint", "object"),
            ("reason", "string"),
            ("failingSince", ("string", "null")),
            ("lastDeliveryId", ("string", "null")),
        ),
    ),
    EventType(PING, "A test, sent on request.", (("endpointId", "string"),)),
)

NAMES: Final = frozenset(kind.name for kind in EVENT_TYPES)


def chosen(choice: Collection[str], event_type: str) -> bool:
    """Whether an endpoint with this choice wants facts of this type; `*` also means types that are added later."""
    return EVERYTHING in choice or event_type in choice
