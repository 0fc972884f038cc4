"""The audit log: entries arrive from every service, each gets its place in its organization's chain once, and anybody may verify it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import positions
from usageflow_common.database import Transaction, reading, transaction
from usageflow_common.errors import NotFound
from usageflow_common.kafka import Applied, Halt, Stale
from usageflow_common.records import AuditRecord
from usageflow_common.topics import AUDIT_RECORDED
from usageflow_gateway.domain.audit_chain import AuditEntry, Broken, ChainedEntry, Head, append, plain, shown_id, verify
from usageflow_gateway.store import audit as store
from usageflow_gateway.store.audit import AuditFilter

_VERIFIED_AT_ONCE: Final = 1_000
_EXPORTED_AT_ONCE: Final = 500


async def position_of(engine: AsyncEngine, partition: int) -> int | None:
    """Where the log of entries is read on, None before the first."""
    async with transaction(engine, read_only=True) as tx:
        return await positions.read_position(tx, AUDIT_RECORDED, partition)


async def chain_entries(
    engine: AsyncEngine, partition: int, asked: int, after: int, records: Sequence[AuditRecord]
) -> Applied | Stale | Halt:
    """Append a batch to the chains and move the position, in one transaction. An entry that is there already stays where it is."""
    async with transaction(engine) as tx:
        # 1. The fence: decides who may append this batch.
        if not await positions.advance_position(tx, AUDIT_RECORDED, partition, asked, after):
            stored = await positions.read_position(tx, AUDIT_RECORDED, partition)
            return Halt("position_unknown") if stored is None else Stale(seek_to=stored)
        # 2. Each organization's entries behind its head. Sorted: two workers lock the heads in one order.
        by_organization = attrgetter("org_id")
        for org_id, entries in groupby(sorted(records, key=by_organization), key=by_organization):
            await _append(tx, org_id, list(entries))
    return Applied(after)


async def audit_page(
    engine: AsyncEngine, org_id: UUID, wanted: AuditFilter, *, before_sequence: int | None, limit: int
) -> list[ChainedEntry]:
    """Entries of the organization, latest first."""
    async with reading(engine, org_id) as tx:
        return await store.entries_before(tx, org_id, wanted, before_sequence, limit)


async def audit_pages(engine: AsyncEngine, org_id: UUID, wanted: AuditFilter) -> AsyncIterator[list[ChainedEntry]]:
    """All of them, latest first, page by page."""
    before: int | None = None
    while True:
        page = await audit_page(engine, org_id, wanted, before_sequence=before, limit=_EXPORTED_AT_ONCE)
        if page:
            yield page
        if len(page) < _EXPORTED_AT_ONCE:
            return
        before = page[-1].sequence


async def verify_log(engine: AsyncEngine, org_id: UUID) -> tuple[Head | Broken, Head]:
    """What the chain comes to, and where it is kept that it ends."""
    found = await verify_chain(engine, org_id)
    if isinstance(found, Head):
        return found, found
    async with reading(engine, org_id) as tx:
        return found, await store.head_of(tx, org_id)


async def audit_entry_of(engine: AsyncEngine, org_id: UUID, entry_id: UUID) -> ChainedEntry:
    """One entry; NotFound when it is not there."""
    async with reading(engine, org_id) as tx:
        chained = await store.entry_of(tx, org_id, entry_id)
    if chained is None:
        raise NotFound
    return chained


async def verify_chain(engine: AsyncEngine, org_id: UUID) -> Head | Broken:
    """Recompute the chain from its first entry: where it ends, or the first entry that does not fit.

    Entries that are cut off at the end show as well: the chain must reach the head that was kept apart. Each stretch is a transaction
    of its own, since none may last as long as a whole chain; the last one sees the end and the head in one snapshot.
    """
    reached: Head | Broken = Head()
    while isinstance(reached, Head):
        async with reading(engine, org_id, "REPEATABLE READ") as tx:
            entries = await store.entries_after(tx, org_id, reached.sequence, _VERIFIED_AT_ONCE)
            if not entries:
                kept = await store.head_of(tx, org_id)
                return reached if reached == kept else Broken(reached.sequence + 1)
        reached = verify(reached, entries)
    return reached


async def _append(tx: Transaction, org_id: UUID, records: Sequence[AuditRecord]) -> None:
    head = await store.lock_head(tx, org_id)
    # Read behind the lock: whoever held it before may have appended the same entry.
    known = set(await store.known_entries(tx, org_id, [record.entry_id for record in records]))
    chained: list[ChainedEntry] = []
    for record in records:
        if record.entry_id not in known:
            known.add(record.entry_id)
            chained.append(append(head, _entry_of(record)))
            head = Head(chained[-1].sequence, chained[-1].hash)
    if chained:
        await store.append_entries(tx, org_id, chained)


def _entry_of(record: AuditRecord) -> AuditEntry:
    """The public form of a record, fixed when it is chained: it is what the hash covers."""
    actor = record.actor
    target = {str(name): str(value) for name, value in record.target.items()}
    if "type" in target and "id" in target:
        target["id"] = shown_id(target["type"], target["id"])
    return AuditEntry(
        entry_id=record.entry_id,
        at=record.at,
        actor=plain({"type": actor.type, "id": shown_id(actor.type, actor.id), "name": actor.name, "role": actor.role}),
        action=plain(record.action),
        target=plain(target),
        outcome=record.outcome,
        code=plain(record.code),
        before=plain(record.before),
        after=plain(record.after),
        request_id=plain(record.request_id),
        ip=plain(record.ip),
        user_agent=plain(record.user_agent),
    )
