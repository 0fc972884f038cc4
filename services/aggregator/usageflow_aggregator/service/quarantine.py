"""Operators' commands about records that nobody can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.store import refused
from usageflow_aggregator.store.refused import QuarantinedRecord
from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.errors import NotFound, StateConflict
from usageflow_common.kafka import Outgoing
from usageflow_common.operations import Change, record_change
from usageflow_common.records import ActorRecord, Release
from usageflow_common.topics import EVENTS_RAW, encode

_LIST_MAX: Final = 1_000
_EVERYBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Waived:
    """The release is on its way; `outbox_ids` are what Kafka has yet to acknowledge."""

    record: QuarantinedRecord
    outbox_ids: tuple[int, ...]


async def list_quarantine(engine: AsyncEngine, *, released_too: bool) -> list[QuarantinedRecord]:
    """Quarantined records in the order of the log, at most a thousand."""
    async with transaction(engine, read_only=True) as tx:
        return await refused.list_quarantined(tx, released_too=released_too, limit=_LIST_MAX)


async def waive(
    engine: AsyncEngine, clock: Clock, partition: int, offset: int, *, reason: str, actor: ActorRecord
) -> Waived:
    """Give a quarantined record up, by a release behind it in its own partition; invoices wait for it until that is counted.

    NotFound when nothing is quarantined there, StateConflict when it was released before. The audit entry belongs to the organization
    concerned, to the nil organization when the record does not even say whose it was.
    """
    async with transaction(engine) as tx:
        record = await refused.lock_quarantined(tx, partition, offset)
        if record is None:
            raise NotFound(f"Nothing is quarantined at offset {offset} of partition {partition}.")
        if record.released_at is not None:
            raise StateConflict("The record was released before.", "released")
        release = Release(partition=partition, offset=offset, reason=reason, actor=actor, received_at=clock.wall())
        key = str(partition).encode()
        ids = await outbox.enqueue(
            tx, [Outgoing(topic=EVENTS_RAW, key=key, value=encode(release), partition=partition)]
        )
        change = Change(
            action="quarantine.waived",
            target_type="quarantined_event",
            target_id=f"{partition}/{offset}",
            before={"detail": record.detail},
            after={"reason": reason},
        )
        await record_change(tx, record.org_id or _EVERYBODY, actor, change)
    return Waived(record, tuple(ids))
