"""Backfills: opened and closed for older events, and reverted as a whole, by a record in every partition of events.raw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.schemas.backfills import BackfillView
from usageflow_aggregator.store import backfills as store
from usageflow_aggregator.store.backfills import NAME_TAKEN, Backfill
from usageflow_aggregator.tenants import Tenants
from usageflow_common import outbox
from usageflow_common.clock import FUTURE_TOLERANCE, Clock
from usageflow_common.database import Transaction, constraint_of, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, PreconditionFailed, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, correction_id, new_id, public_id
from usageflow_common.kafka import Outgoing
from usageflow_common.operations import Answer, Change, claim, finish
from usageflow_common.records import ActorRecord, BackfillRevert
from usageflow_common.tokens import Caller
from usageflow_common.topics import EVENTS_RAW, encode, tenant_key

AGE_MAX: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a caller says of a new backfill: events with times in [from_at, to_at)."""

    name: str
    from_at: datetime
    to_at: datetime
    reason: str


class Backfills:
    """The use cases."""

    def __init__(self, engine: AsyncEngine, tenants: Tenants, *, partitions: int) -> None:
        self._engine = engine
        self._tenants = tenants
        self._partitions = partitions
        self._wall = Clock().wall

    async def open(self, caller: Caller, asked: Opening) -> Answer:
        """A new one. Conflict when the name is taken, ValidationFailed when the range is none that may be filled."""
        now = await self._tenants.now(await self._tenants.organization(caller.org_id))
        try:
            async with transaction(self._engine) as tx:
                return await claim(tx, caller) or await self._open(tx, caller, asked, now)
        except asyncpg.UniqueViolationError as error:
            if constraint_of(error) != NAME_TAKEN:
                raise
            taken = FieldError("/name", "duplicate", "Another backfill has this name")
            raise Conflict("There is a backfill of this name already.", errors=[taken]) from error

    async def close(self, caller: Caller, backfill_id: UUID, expected_version: int | None) -> Answer:
        """It takes no more events: from a second later on, nowhere."""
        async with transaction(self._engine) as tx:
            return await claim(tx, caller) or await self._end(tx, caller, backfill_id, expected_version, self._closed)

    async def revert(self, caller: Caller, backfill_id: UUID, reason: str, expected_version: int | None) -> Answer:
        """None of its events count any more, nor do those that are still on their way. Answered when every partition has it."""
        async with transaction(self._engine) as tx:
            answer = await claim(tx, caller) or await self._revert(tx, caller, backfill_id, reason, expected_version)
        await outbox.wait_delivered(self._engine, answer.awaits)
        return answer

    async def find(self, org_id: UUID, backfill_id: UUID) -> Backfill:
        """One backfill; NotFound."""
        async with transaction(self._engine, read_only=True) as tx:
            return await _read(tx, org_id, backfill_id)

    async def find_open(self, org_id: UUID, backfill_id: UUID) -> Backfill:
        """One that takes events; StateConflict when it takes no more."""
        backfill = await self.find(org_id, backfill_id)
        if backfill.status != "open":
            raise StateConflict("The backfill takes no more events.", backfill.status)
        return backfill

    async def list(self, org_id: UUID, before: UUID | None, statuses: Sequence[str], limit: int) -> Sequence[Backfill]:
        """A page, the newest first."""
        async with transaction(self._engine, read_only=True) as tx:
            return await store.page_backfills(tx, org_id, before, statuses, limit)

    async def _open(self, tx: Transaction, caller: Caller, asked: Opening, now: datetime) -> Answer:
        if errors := _wrong_range(asked, now):
            raise ValidationFailed.of(*errors)
        backfill = Backfill(
            backfill_id=new_id(),
            name=asked.name,
            from_at=asked.from_at,
            to_at=asked.to_at,
            reason=asked.reason,
            status="open",
            created_at=self._wall(),
        )
        await store.insert_backfill(tx, caller.org_id, backfill)
        answer = _answer(201, backfill)
        target = public_id(Prefix.BACKFILL, backfill.backfill_id)
        return await finish(tx, caller, answer, Change("backfill.opened", "backfill", target, None, answer.body))

    async def _revert(
        self, tx: Transaction, caller: Caller, backfill_id: UUID, reason: str, expected_version: int | None
    ) -> Answer:
        # 1. A record for each partition. Behind it no event of the backfill counts there, whenever it was sent.
        actor = caller.actor
        record = BackfillRevert(
            org_id=caller.org_id,
            event_id=correction_id(caller.org_id, f"revert:{backfill_id}"),
            backfill_id=backfill_id,
            reason=reason,
            actor=ActorRecord(type=actor.type, id=str(actor.id), name=actor.name, role=caller.role),
            received_at=self._wall(),
        )
        key, value = tenant_key(caller.org_id, backfill_id), encode(record)
        headers = {} if caller.request_id is None else {"request_id": caller.request_id}
        messages = [Outgoing(EVENTS_RAW, key, value, partition, headers) for partition in range(self._partitions)]
        awaits = await outbox.enqueue(tx, messages)
        # 2. The backfill itself; refused, it takes the records with it.
        return await self._end(
            tx, caller, backfill_id, expected_version, self._reverted, status=202, awaits=tuple(awaits), reason=reason
        )

    async def _end(
        self,
        tx: Transaction,
        caller: Caller,
        backfill_id: UUID,
        expected_version: int | None,
        ended: Callable[[Backfill], Backfill],
        *,
        status: int = 200,
        awaits: tuple[int, ...] = (),
        reason: str | None = None,
    ) -> Answer:
        backfill = await _read(tx, caller.org_id, backfill_id, lock=True)
        if expected_version not in {None, backfill.version}:
            raise PreconditionFailed(f"The backfill is at version {backfill.version}.")
        changed = replace(ended(backfill), version=backfill.version + 1)
        await store.update_backfill(tx, caller.org_id, changed)
        after = {"status": changed.status} | ({} if reason is None else {"reason": reason})
        target = public_id(Prefix.BACKFILL, backfill_id)
        change = Change(f"backfill.{changed.status}", "backfill", target, {"status": backfill.status}, after)
        return await finish(tx, caller, replace(_answer(status, changed), awaits=awaits), change)

    def _closed(self, backfill: Backfill) -> Backfill:
        if backfill.status != "open":
            raise StateConflict("The backfill takes no events any more.", backfill.status)
        return replace(backfill, status="closed", closed_at=self._wall())

    def _reverted(self, backfill: Backfill) -> Backfill:
        if backfill.status == "reverted":
            raise StateConflict("The backfill was reverted before.", backfill.status)
        now = self._wall()
        return replace(backfill, status="reverted", closed_at=backfill.closed_at or now, reverted_at=now)


async def _read(tx: Transaction, org_id: UUID, backfill_id: UUID, *, lock: bool = False) -> Backfill:
    backfill = await store.read_backfill(tx, org_id, backfill_id, lock=lock)
    if backfill is None:
        raise NotFound("There is no such backfill.")
    return backfill


def _wrong_range(asked: Opening, now: datetime) -> list[FieldError]:
    errors = []
    if asked.from_at < now - AGE_MAX:
        errors.append(FieldError("/from", "out_of_range", f"At most {AGE_MAX.days} days ago"))
    if asked.to_at > now + FUTURE_TOLERANCE:
        errors.append(FieldError("/to", "out_of_range", "Must not lie in the future"))
    if asked.to_at <= asked.from_at:
        errors.append(FieldError("/to", "out_of_range", "Must be later than from"))
    return errors


def _answer(status: int, backfill: Backfill) -> Answer:
    body = BackfillView.of(backfill).model_dump(by_alias=True, mode="json")
    return Answer(status, body, etag=str(backfill.version))
