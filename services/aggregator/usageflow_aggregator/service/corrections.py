"""Voids and amendments: checked against the event as it stands, then sent behind it in its own partition of events.raw.

Nothing is changed here. The batch that reads the correction applies it, or refuses it when another one came first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.amending import Amendment, Refused, Times, fed_by, refuse_property, refuse_time
from usageflow_aggregator.schemas.corrections import corrected_body, tombstone_body
from usageflow_aggregator.store.backfills import read_backfill
from usageflow_aggregator.store.found_events import FoundEvent, Gone, Tombstone, find_event
from usageflow_aggregator.store.raw_events import StoredEvent
from usageflow_aggregator.tenants import Tenants
from usageflow_common import outbox
from usageflow_common.clock import FUTURE_TOLERANCE, Clock, instant_text
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import (
    Conflict,
    FieldError,
    IdempotencyKeyRequired,
    NotFound,
    PreconditionFailed,
    StateConflict,
    ValidationFailed,
)
from usageflow_common.ids import correction_id
from usageflow_common.kafka import Bus, Outgoing
from usageflow_common.money import decimal_text
from usageflow_common.operations import Answer, Change, claim, finish
from usageflow_common.records import ActorRecord, AmendEvent, MetricRecord, OrganizationRecord, VoidEvent
from usageflow_common.tokens import Caller
from usageflow_common.topics import EVENTS_RAW, encode, events_raw_key, tenant_key

_NOT_COUNTED: Final = (
    'The event has not been counted yet. Repeat later, or void it in advance with "force" and its "customerId".'
)


@dataclass(frozen=True, slots=True)
class Voiding:
    """What a caller asks for. `force` with `customer_id`: also where nothing was counted yet."""

    reason: str
    force: bool
    customer_id: str | None


@dataclass(frozen=True, slots=True)
class Amending:
    """The new values, and why."""

    values: Amendment
    reason: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """What is known of the organization before the transaction: nothing is asked of Kafka inside it."""

    organization: OrganizationRecord
    now: datetime
    metrics: tuple[MetricRecord, ...]


class Corrections:
    """The use cases. A 202 follows Kafka's acknowledgement; without it 503, and the same Idempotency-Key waits again."""

    def __init__(self, engine: AsyncEngine, tenants: Tenants, bus: Bus) -> None:
        self._engine = engine
        self._tenants = tenants
        self._bus = bus
        self._wall = Clock().wall

    async def void(self, caller: Caller, event_id: UUID, asked: Voiding, expected_revision: int | None) -> Answer:
        """The event counts no more, for ever; with `force` it never will."""
        async with transaction(self._engine) as tx:
            answer = await claim(tx, caller) or await self._void(tx, caller, event_id, asked, expected_revision)
        await outbox.wait_delivered(self._engine, answer.awaits)
        return answer

    async def amend(self, caller: Caller, event_id: UUID, asked: Amending, expected_revision: int | None) -> Answer:
        """The event counts with other values. ValidationFailed with an event code when ingest would not have taken it like that."""
        terms = await self._terms(caller.org_id, event_id, asked.values)
        async with transaction(self._engine) as tx:
            answer = await claim(tx, caller) or await self._amend(
                tx, caller, event_id, asked, expected_revision, terms=terms
            )
        await outbox.wait_delivered(self._engine, answer.awaits)
        return answer

    async def _void(
        self, tx: Transaction, caller: Caller, event_id: UUID, asked: Voiding, expected_revision: int | None
    ) -> Answer:
        match await find_event(tx, caller.org_id, event_id):
            case None:
                return await self._void_in_advance(tx, caller, event_id, asked)
            case known:
                found = _expect_counted(known, expected_revision)
        event = found.event
        record = self._void_record(caller, event_id, event.revision, asked.reason)
        change = Change(
            "event.voided", "event", str(event_id), _said(event), {"status": "voided", "reason": asked.reason}
        )
        return await _finish(
            tx, caller, _behind(event, record), corrected_body(found, record), change, etag=event.revision
        )

    async def _void_in_advance(self, tx: Transaction, caller: Caller, event_id: UUID, asked: Voiding) -> Answer:
        """A tombstone: the ledger takes the key when it is counted, and the event is a duplicate when it comes.

        It goes where the event would go. The event's own key says which of several partitions that is, and its id does not tell the
        key: where a hot organization's customers are spread, any of them does, since one ledger holds the keys of all partitions.
        """
        if not asked.force:
            raise Conflict(_NOT_COUNTED, code="event_not_counted_yet")
        if asked.customer_id is None:
            raise ValidationFailed.of(FieldError("/customerId", "required", "Required with force"))
        record = self._void_record(caller, event_id, 1, asked.reason)
        key = events_raw_key(caller.org_id, asked.customer_id, 0)
        partition = self._bus.partition_of(EVENTS_RAW, key)
        message = Outgoing(EVENTS_RAW, tenant_key(caller.org_id, event_id), encode(record), partition)
        body = tombstone_body(record, asked.customer_id, partition)
        after = {"status": "voided", "reason": asked.reason, "customerId": asked.customer_id}
        change = Change("event.voided_in_advance", "event", str(event_id), None, after)
        return await _finish(tx, caller, message, body, change)

    async def _amend(
        self,
        tx: Transaction,
        caller: Caller,
        event_id: UUID,
        asked: Amending,
        expected_revision: int | None,
        *,
        terms: _Terms,
    ) -> Answer:
        known = await find_event(tx, caller.org_id, event_id)
        if known is None:
            raise Conflict("The event has not been counted yet: repeat later.", code="event_not_counted_yet")
        found = _expect_counted(known, expected_revision)
        event, values = found.event, asked.values
        if values.occurred_at is not None:
            times = await _times(tx, caller.org_id, event.core.backfill_id, terms)
            _raise(refuse_time(values.occurred_at, times))
        record = AmendEvent(
            org_id=caller.org_id,
            event_id=correction_id(caller.org_id, f"amend:{_operation(caller)}"),
            target_event_id=event_id,
            base_revision=event.revision,
            amount=None if values.amount is None else decimal_text(values.amount),
            properties=None if values.properties is None else dict(values.properties),
            occurred_at=values.occurred_at,
            reason=asked.reason,
            actor=_actor(caller),
            received_at=self._wall(),
            metric_ids=_feeds(event, values, terms),
        )
        change = Change("event.amended", "event", str(event_id), _said(event), _wanted(values, asked.reason))
        return await _finish(
            tx, caller, _behind(event, record), corrected_body(found, record), change, etag=event.revision
        )

    async def _terms(self, org_id: UUID, event_id: UUID, values: Amendment) -> _Terms:
        organization = await self._tenants.organization(org_id)
        now = await self._tenants.now(organization)
        metrics: list[MetricRecord] = []
        if values.properties is not None:
            # The event's name never changes, so it may be looked up before the transaction that decides.
            async with transaction(self._engine, read_only=True) as tx:
                found = await find_event(tx, org_id, event_id)
            if isinstance(found, FoundEvent):
                core = found.event.core
                metrics = await self._tenants.metrics_of_event(org_id, core.metric, core.metric_ids)
        return _Terms(organization, now, tuple(metrics))

    def _void_record(self, caller: Caller, event_id: UUID, base_revision: int, reason: str) -> VoidEvent:
        return VoidEvent(
            org_id=caller.org_id,
            # Of the event alone: however often it is voided, it is one correction.
            event_id=correction_id(caller.org_id, f"void:{event_id}"),
            target_event_id=event_id,
            base_revision=base_revision,
            reason=reason,
            actor=_actor(caller),
            received_at=self._wall(),
        )


def _expect_counted(known: FoundEvent | Tombstone | Gone, expected_revision: int | None) -> FoundEvent:
    match known:
        case FoundEvent(event=event):
            _expect_correctable(event, expected_revision)
            return known
        case Tombstone():
            raise StateConflict("The event was voided before it came.", "voided")
        case Gone():
            raise NotFound("The event is kept no more, so it cannot be corrected.")
        case never:
            assert_never(never)


def _expect_correctable(event: StoredEvent, expected_revision: int | None) -> None:
    if expected_revision not in {None, event.revision}:
        raise PreconditionFailed(f"The event is at revision {event.revision}.")
    match event.status:
        case "counted":
            return
        case "voided":
            raise StateConflict("The event was voided; send the right one under a new key.", "voided")
        case "reverted":
            raise StateConflict("The event was reverted with its backfill.", "reverted")
        case never:
            assert_never(never)


async def _times(tx: Transaction, org_id: UUID, backfill_id: UUID | None, terms: _Terms) -> Times:
    """An event of a backfill stays within the backfill's range; any other is as old as an event may be that is sent now."""
    if backfill_id is None:
        max_age = timedelta(days=terms.organization.max_event_age_days)
        return Times(terms.now - max_age, terms.now + FUTURE_TOLERANCE, ends_before=False)
    backfill = await read_backfill(tx, org_id, backfill_id)
    if backfill is None:
        raise NotFound("The event's backfill does not exist.")
    return Times(backfill.from_at, backfill.to_at, ends_before=True)


def _feeds(event: StoredEvent, values: Amendment, terms: _Terms) -> tuple[UUID, ...] | None:
    """The metrics that the event feeds with its new properties; None when they do not change.

    Those that it feeds already, archived ones too, and those that were there when it was received: of these, whose filters hold.
    """
    if values.properties is None:
        return None
    candidates = [
        metric
        for metric in terms.metrics
        if metric.metric_id in event.core.metric_ids
        or (metric.status == "active" and metric.active_from <= event.received_at)
    ]
    feeds = fed_by(candidates, values.properties)
    _raise(refuse_property(feeds, values.properties))
    return tuple(metric.metric_id for metric in feeds)


def _behind(event: StoredEvent, record: VoidEvent | AmendEvent) -> Outgoing:
    """Into the event's own partition. One key for each event: the relay keeps the order of its corrections."""
    key = tenant_key(record.org_id, event.core.event_id)
    return Outgoing(EVENTS_RAW, key, encode(record), event.partition)


async def _finish(
    tx: Transaction, caller: Caller, message: Outgoing, body: dict[str, Any], change: Change, *, etag: int | None = None
) -> Answer:
    awaits = await outbox.enqueue(tx, [_traced(message, caller)])
    tag = None if etag is None else str(etag)
    return await finish(tx, caller, Answer(202, body, etag=tag, awaits=tuple(awaits)), change)


def _traced(message: Outgoing, caller: Caller) -> Outgoing:
    headers = {} if caller.request_id is None else {"request_id": caller.request_id}
    return Outgoing(message.topic, message.key, message.value, message.partition, headers)


def _said(event: StoredEvent) -> dict[str, Any]:
    """What an audit entry keeps of the event: what it amounts to, and not its properties."""
    return {
        "revision": event.revision,
        "amount": decimal_text(event.core.amount),
        "timestamp": instant_text(event.core.occurred_at),
    }


def _wanted(values: Amendment, reason: str) -> dict[str, Any]:
    changed: dict[str, Any] = {"reason": reason}
    if values.amount is not None:
        changed["amount"] = decimal_text(values.amount)
    if values.occurred_at is not None:
        changed["timestamp"] = instant_text(values.occurred_at)
    if values.properties is not None:
        changed["properties"] = sorted(values.properties)
    return changed


def _operation(caller: Caller) -> UUID:
    if caller.operation_id is None:
        raise IdempotencyKeyRequired("An amendment is named by its Idempotency-Key.")
    return caller.operation_id


def _actor(caller: Caller) -> ActorRecord:
    actor = caller.actor
    return ActorRecord(type=actor.type, id=str(actor.id), name=actor.name, role=caller.role)


def _raise(refused: Refused | None) -> None:
    if refused is not None:
        raise ValidationFailed(refused.detail, code=refused.code)
