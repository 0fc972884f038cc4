"""Events as the API shows them right after a correction was accepted: as they stand, with the correction that is on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from usageflow_aggregator.store.standing import Standing
from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, public_id
from usageflow_common.money import decimal_text
from usageflow_common.records import ActorRecord

_PREFIXES: Final[Mapping[str, Prefix]] = {"user": Prefix.USER, "api_key": Prefix.API_KEY}


@dataclass(frozen=True, slots=True)
class Pending:
    """A correction that is in Kafka, or nearly. `revision` is what it will be if no other comes first."""

    kind: Literal["void", "amend"]
    revision: int
    reason: str
    actor: ActorRecord
    at: datetime


def corrected_view(standing: Standing, pending: Pending) -> dict[str, Any]:
    """The event as it counts until the correction is applied."""
    applied = [
        {
            "kind": each.kind,
            "revision": each.revision,
            "reason": each.reason,
            "actor": actor_text(str(each.actor["type"]), str(each.actor["id"])),
            "at": instant_text(each.appended_at),
            "partition": standing.partition,
            "offset": each.offset,
        }
        for each in standing.corrections
    ]
    return {
        "eventId": str(standing.event_id),
        "metric": standing.metric,
        "amount": decimal_text(standing.amount),
        "customerId": standing.customer_id,
        "timestamp": instant_text(standing.occurred_at),
        "properties": dict(standing.properties),
        "idempotencyKey": standing.idempotency_key,
        "receivedAt": instant_text(standing.received_at),
        "status": standing.status,
        "revision": standing.revision,
        "backfillId": None if standing.backfill_id is None else public_id(Prefix.BACKFILL, standing.backfill_id),
        "partition": standing.partition,
        "offset": standing.offset,
        "hash": standing.hash.hex(),
        "corrections": [*applied, _pending(pending, standing.partition)],
    }


def tombstone_view(event_id: UUID, customer_id: str, partition: int, pending: Pending) -> dict[str, Any]:
    """Of an event that nobody has seen, only its id is known, and whose it is said to be."""
    return {
        "eventId": str(event_id),
        "customerId": customer_id,
        "status": "voided",
        "partition": partition,
        "corrections": [_pending(pending, partition)],
    }


def actor_text(kind: str, actor_id: str) -> str:
    """`usr_…` and `key_…`; operators and services go by their names."""
    prefix = _PREFIXES.get(kind)
    return actor_id if prefix is None else public_id(prefix, UUID(actor_id))


def _pending(pending: Pending, partition: int) -> dict[str, Any]:
    return {
        "kind": pending.kind,
        "revision": pending.revision,
        "reason": pending.reason,
        "actor": actor_text(pending.actor.type, pending.actor.id),
        "at": instant_text(pending.at),
        "partition": partition,
        "offset": None,
        "pending": True,
    }
