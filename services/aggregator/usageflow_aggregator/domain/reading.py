"""A batch of events.raw as the decisions that its records call for. Pure; nothing is guessed and nothing is passed over.

A record that this version cannot read yet ends the reading in front of it; a record that nobody will ever read is quarantined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, assert_never
from uuid import UUID

from msgspec import Struct

from usageflow_aggregator.domain.admission import Inadmissible, admit, admit_correction
from usageflow_aggregator.domain.definition import (
    Contribution,
    FindDefinition,
    NotNumeric,
    UnknownAggregation,
    contribute,
)
from usageflow_aggregator.domain.digest import EventCore, event_digest, event_salt, hash_packed, value_salt
from usageflow_common.records import (
    AmendEvent,
    AnyEvent,
    BackfillRevert,
    Barrier,
    Release,
    UsageEvent,
    VoidEvent,
)
from usageflow_common.topics import UnknownSchema, Unreadable


class Identified(Protocol):
    """Whatever can tell which record this is. Of a batch the last one is asked, and the markers: others cost nothing."""

    @property
    def hash(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Told already."""

    hash: bytes


class LogRecord(Struct, frozen=True, gc=False):
    """One record of one partition, decoded as far as it can be. (What is made for each event is a struct: it costs a tenth.)"""

    offset: int
    appended_at: datetime
    identity: Identified
    key: bytes | None
    content: AnyEvent | UnknownSchema | Unreadable


EventKey = tuple[int, int]
"""What identifies an event for ever: the integers of its organization's id and its own. (UUIDs are dear to hash and to compare.)"""


class Usage(Struct, frozen=True, gc=False):
    """A usage event that counts, if its key turns out to be new."""

    key: EventKey
    offset: int
    appended_at: datetime
    event: UsageEvent
    amount: Decimal
    amount_text: bytes
    payload_hash: bytes
    salt: bytes
    hash: bytes
    digest: int
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A void or an amendment of the event with this key. `amount`: of an amendment that changes it."""

    key: EventKey
    offset: int
    appended_at: datetime
    record: VoidEvent | AmendEvent
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Revert:
    """From here on no event of the backfill counts."""

    offset: int
    appended_at: datetime
    record: BackfillRevert


@dataclass(frozen=True, slots=True)
class MarkerRead:
    """A barrier marker of this partition."""

    offset: int
    hash: bytes
    barrier_id: UUID


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that nobody will ever be able to count as it stands. `org_id` None: it concerns everybody."""

    offset: int
    appended_at: datetime
    org_id: UUID | None
    detail: str


@dataclass(frozen=True, slots=True)
class Freed:
    """An operator's word about a quarantined record of this partition."""

    offset: int
    target_offset: int
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UnknownMetric:
    """The event feeds a metric that has not been heard of here: read metrics.changed to its end and try again."""

    org_id: UUID
    metric_id: UUID


@dataclass(frozen=True, slots=True)
class NotYet:
    """A record for a later version: the partition waits in front of it."""

    reason: str


Stop = UnknownMetric | NotYet


@dataclass(frozen=True, slots=True)
class Reading:
    """The records from `asked` up to `after`, sorted by what they call for.

    `holes` are the first offsets of the runs that hold no record, `skipped` is how many offsets they have together.
    """

    partition: int
    asked: int
    after: int
    last_hash: bytes
    last_appended_at: datetime
    usages: tuple[Usage, ...]
    corrections: tuple[Correction, ...]
    reverts: tuple[Revert, ...]
    markers: tuple[MarkerRead, ...]
    broken: tuple[Broken, ...]
    freed: tuple[Freed, ...]
    holes: tuple[int, ...]
    skipped: int


def read_records(
    partition: int, asked: int, records: Sequence[LogRecord], find: FindDefinition, digest_key: bytes
) -> tuple[Reading | None, Stop | None]:
    """The longest readable beginning of the batch (None when it is empty), and what stands behind it.

    Offsets in [asked, after) that hold no record are holes: the caller makes sure that the log really has them, before it counts.
    """
    usages: list[Usage] = []
    corrections: list[Correction] = []
    reverts: list[Revert] = []
    markers: list[MarkerRead] = []
    broken: list[Broken] = []
    freed: list[Freed] = []
    holes: list[int] = []
    stop: Stop | None = None
    read, after = 0, asked
    for record in records:
        match _read(partition, record, find, digest_key):
            case Usage() as usage:  # first: nearly all of them are
                usages.append(usage)
            case Correction() as correction:
                corrections.append(correction)
            case Revert() as revert:
                reverts.append(revert)
            case MarkerRead() as marker:
                markers.append(marker)
            case Broken() as item:
                broken.append(item)
            case Freed() as item:
                freed.append(item)
            case (UnknownMetric() | NotYet()) as reason:
                stop = reason
                break
            case never:
                assert_never(never)
        if record.offset != after:
            holes.append(after)
        read, after = read + 1, record.offset + 1
    if not read:
        return None, stop
    last = records[read - 1]
    reading = Reading(
        partition=partition,
        asked=asked,
        after=after,
        last_hash=last.identity.hash,
        last_appended_at=last.appended_at,
        usages=tuple(usages),
        corrections=tuple(corrections),
        reverts=tuple(reverts),
        markers=tuple(markers),
        broken=tuple(broken),
        freed=tuple(freed),
        holes=tuple(holes),
        skipped=after - asked - read,
    )
    return reading, stop


def _read(  # noqa: PLR0911  # one return for each kind of record
    partition: int, record: LogRecord, find: FindDefinition, digest_key: bytes
) -> Usage | Correction | Revert | MarkerRead | Broken | Freed | Stop:
    match record.content:
        case UsageEvent() as event:  # first: nearly all of them are
            return _read_usage(record, event, find, digest_key)
        case UnknownSchema(schema=schema):
            return NotYet(f"unknown_schema:{schema}")
        case Unreadable(detail=detail):
            return _broken(record, org_of_key(record.key), detail)
        case Barrier(barrier_id=barrier_id, partition=home):
            if home != partition:
                return _broken(record, None, "a barrier of another partition")
            return MarkerRead(record.offset, record.identity.hash, barrier_id)
        case Release() as release:
            if release.partition != partition:
                return _broken(record, None, "a release of another partition")
            actor = f"{release.actor.type}:{release.actor.id}"
            return Freed(record.offset, release.offset, release.reason, actor, release.received_at)
        case VoidEvent() | AmendEvent() | BackfillRevert() as correction:
            return _read_correction(record, correction, find)
        case never:
            assert_never(never)


def _read_usage(record: LogRecord, event: UsageEvent, find: FindDefinition, digest_key: bytes) -> Usage | Broken | Stop:
    admitted = admit(event)
    if isinstance(admitted, Inadmissible):
        return _broken(record, event.org_id, admitted.detail)
    contributions: list[Contribution] = []
    for metric_id in event.metric_ids:
        definition = find(event.org_id, metric_id)
        if definition is None:
            return UnknownMetric(event.org_id, metric_id)
        if isinstance(definition, UnknownAggregation):
            return NotYet(definition.reason)
        salt = value_salt(digest_key, event.org_id) if definition.aggregation == "UNIQUE" else b""
        contribution = contribute(definition, admitted.amount, event.properties, salt)
        if isinstance(contribution, NotNumeric):
            return _broken(record, event.org_id, f"property {contribution.value_property!r} is not numeric")
        contributions.append(contribution)
    salt = event_salt(digest_key, event.org_id, event.event_id)
    proof = hash_packed(event, admitted.amount_text, salt, admitted.properties)
    # By position, here and in core_of: names cost as much as the tuple.
    return Usage(
        (event.org_id.int, event.event_id.int),
        record.offset,
        record.appended_at,
        event,
        admitted.amount,
        admitted.amount_text,
        admitted.payload_hash,
        salt,
        proof,
        event_digest(digest_key, proof),
        tuple(contributions),
    )


def _read_correction(
    record: LogRecord, content: VoidEvent | AmendEvent | BackfillRevert, find: FindDefinition
) -> Correction | Revert | Broken | Stop:
    admitted = admit_correction(content)
    if isinstance(admitted, Inadmissible):
        return _broken(record, content.org_id, admitted.detail)
    if isinstance(content, BackfillRevert):
        return Revert(record.offset, record.appended_at, content)
    for metric_id in (content.metric_ids or ()) if isinstance(content, AmendEvent) else ():
        definition = find(content.org_id, metric_id)
        if definition is None:
            return UnknownMetric(content.org_id, metric_id)
        if isinstance(definition, UnknownAggregation):
            return NotYet(definition.reason)
    key = (content.org_id.int, content.target_event_id.int)
    return Correction(key, record.offset, record.appended_at, content, admitted)


def core_of(event: UsageEvent, amount: Decimal) -> EventCore:
    """The part of the event that its hash covers, apart from the properties."""
    return EventCore(
        event.org_id,
        event.event_id,
        event.idempotency_key,
        event.metric,
        event.metric_ids,
        amount,
        event.customer_id,
        event.occurred_at,
        event.backfill_id,
    )


def org_of_key(key: bytes | None) -> UUID | None:
    """The organization that a record's key names; None when even that cannot be read."""
    try:
        return UUID((key or b"").partition(b"/")[0].decode("ascii"))
    except ValueError:
        return None


def _broken(record: LogRecord, org_id: UUID | None, detail: str) -> Broken:
    return Broken(record.offset, record.appended_at, org_id, detail)
