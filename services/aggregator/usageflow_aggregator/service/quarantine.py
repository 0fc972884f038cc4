"""Operators' commands about records that nobody can read: look at them, send them again as they were meant, or give them up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.repairing import Irreparable
from usageflow_aggregator.store import quarantine
from usageflow_aggregator.store.quarantine import QuarantinedRecord, StoredRecord
from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import NotFound, StateConflict, ValidationFailed
from usageflow_common.kafka import Outgoing
from usageflow_common.operations import Change, record_change
from usageflow_common.records import ActorRecord, Release, UsageEvent
from usageflow_common.topics import EVENTS_RAW, encode, events_raw_key

_LIST_MAX: Final = 1_000
_EVERYBODY: Final = UUID(int=0)
ReadRepair: TypeAlias = Callable[[StoredRecord], UsageEvent | Irreparable]


@dataclass(frozen=True, slots=True)
class Decided:
    """The release is on its way; `outbox_ids` are what Kafka has yet to acknowledge."""

    record: StoredRecord
    outbox_ids: tuple[int, ...]


async def list_quarantine(engine: AsyncEngine, *, released_too: bool) -> list[QuarantinedRecord]:
    """Quarantined records in the order of the log, at most a thousand."""
    async with transaction(engine, read_only=True) as tx:
        return await quarantine.list_quarantined(tx, released_too=released_too, limit=_LIST_MAX)


async def show(engine: AsyncEngine, partition: int, offset: int) -> StoredRecord:
    """One of them, bytes and all; NotFound."""
    async with transaction(engine, read_only=True) as tx:
        return _there(await quarantine.read_record(tx, partition, offset), partition, offset)


async def repair(
    engine: AsyncEngine, clock: Clock, partition: int, offset: int, *, read: ReadRepair, reason: str, actor: ActorRecord
) -> Decided:
    """Send what the record was meant to be into its own partition, and its release behind it: what waits for the release has the event.

    NotFound, StateConflict as for `waive`; ValidationFailed when `read` finds that it could not be counted either. Twice is once: the
    event has its key, and the record is released with the first of them.
    """
    async with transaction(engine) as tx:
        record = await _lock(tx, partition, offset)
        event = read(record)
        if isinstance(event, Irreparable):
            raise ValidationFailed(f"This cannot be sent in its place: {event.detail}.", code="not_repairable")
        mended = Outgoing(EVENTS_RAW, events_raw_key(event.org_id, event.customer_id, 0), encode(event), partition)
        release = await _release(tx, clock, record, reason=reason, actor=actor)
        # One lane: the release leaves when Kafka has acknowledged the event.
        ids = await outbox.enqueue(tx, [mended, release], lane=f"quarantine/{partition}/{offset}")
        change = _change("quarantine.repaired", record, reason, event_id=str(event.event_id))
        await record_change(tx, event.org_id, actor, change)
    return Decided(record, tuple(ids))


async def waive(
    engine: AsyncEngine, clock: Clock, partition: int, offset: int, *, reason: str, actor: ActorRecord
) -> Decided:
    """Give a quarantined record up, by a release behind it in its own partition; invoices wait for it until that is counted.

    NotFound when nothing is quarantined there, StateConflict when it was released before. The audit entry belongs to the organization
    concerned, to the nil organization when the record does not even say whose it was.
    """
    async with transaction(engine) as tx:
        record = await _lock(tx, partition, offset)
        release = await _release(tx, clock, record, reason=reason, actor=actor)
        ids = await outbox.enqueue(tx, [release])
        await record_change(tx, record.org_id or _EVERYBODY, actor, _change("quarantine.waived", record, reason))
    return Decided(record, tuple(ids))


async def _lock(tx: Transaction, partition: int, offset: int) -> StoredRecord:
    record = _there(await quarantine.read_record(tx, partition, offset, lock=True), partition, offset)
    if record.released_at is not None:
        raise StateConflict("The record was released before.", "released")
    return record


async def _release(tx: Transaction, clock: Clock, record: StoredRecord, *, reason: str, actor: ActorRecord) -> Outgoing:
    """The release as a message; the record is marked at once, or two operators could both send an event for it."""
    at = clock.wall()
    place = record.partition, record.offset
    await quarantine.mark_released(tx, *place, at=at, actor=f"{actor.type}:{actor.id}", reason=reason)
    release = Release(partition=record.partition, offset=record.offset, reason=reason, actor=actor, received_at=at)
    return Outgoing(EVENTS_RAW, str(record.partition).encode(), encode(release), record.partition)


def _there(record: StoredRecord | None, partition: int, offset: int) -> StoredRecord:
    if record is None:
        raise NotFound(f"Nothing is quarantined at offset {offset} of partition {partition}.")
    return record


def _change(action: str, record: StoredRecord, reason: str, **after: str) -> Change:
    return Change(
        action=action,
        target_type="quarantined_event",
        target_id=f"{record.partition}/{record.offset}",
        before={"detail": record.detail},
        after={"reason": reason, **after},
    )
