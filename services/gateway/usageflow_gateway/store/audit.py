"""The audit log: appended under the lock of the chain's head, read in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Row, Transaction
from usageflow_gateway.domain.audit_chain import AuditEntry, ChainedEntry, Head
from usageflow_gateway.tables import audit_heads, audit_logs

_ENTRY_COLUMNS: Final = (
    "entry_id",
    "at",
    "actor",
    "action",
    "target",
    "outcome",
    "code",
    "before",
    "after",
    "request_id",
    "ip",
    "user_agent",
)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What a list of entries is narrowed to; None: not at all."""

    actor_id: str | None = None
    action: tuple[str, ...] = ()
    target_type: str | None = None
    target_id: str | None = None
    outcome: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    only_actor_id: str | None = None
    """Whose entries the caller may see at all."""


async def lock_head(tx: Transaction, org_id: UUID) -> Head:
    """Where the organization's chain ends; nobody else can append before this transaction is over."""
    await tx.execute(insert(audit_heads).values(org_id=org_id, sequence=0, hash=Head().hash).on_conflict_do_nothing())
    statement = sa.select(audit_heads.c.sequence, audit_heads.c.hash).where(audit_heads.c.org_id == org_id)
    row = (await tx.execute(statement.with_for_update())).one()
    return Head(row.sequence, bytes(row.hash))


async def known_entries(tx: Transaction, org_id: UUID, entry_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these entries stand in the log already."""
    statement = sa.select(audit_logs.c.entry_id).where(
        audit_logs.c.org_id == org_id, audit_logs.c.entry_id.in_(entry_ids)
    )
    return frozenset((await tx.execute(statement)).scalars())


async def append_entries(tx: Transaction, org_id: UUID, entries: Sequence[ChainedEntry]) -> None:
    """Write entries that follow the locked head, and move the head to the last of them."""
    rows = [
        {
            "org_id": org_id,
            "sequence": chained.sequence,
            "previous_hash": chained.previous_hash,
            "hash": chained.hash,
            **{name: getattr(chained.entry, name) for name in _ENTRY_COLUMNS},
        }
        for chained in entries
    ]
    await tx.execute(audit_logs.insert(), rows)
    last = entries[-1]
    await tx.execute(
        audit_heads.update().where(audit_heads.c.org_id == org_id).values(sequence=last.sequence, hash=last.hash)
    )


async def entries_before(
    tx: Transaction, org_id: UUID, wanted: AuditFilter, sequence: int | None, limit: int
) -> list[ChainedEntry]:
    """A page of the log, latest first, of entries below `sequence`."""
    conditions = [audit_logs.c.org_id == org_id, *_conditions(wanted)]
    if sequence is not None:
        conditions.append(audit_logs.c.sequence < sequence)
    statement = sa.select(audit_logs).where(*conditions).order_by(audit_logs.c.sequence.desc()).limit(limit)
    return [_entry_of(row) for row in await tx.execute(statement)]


async def entries_after(tx: Transaction, org_id: UUID, sequence: int, limit: int) -> list[ChainedEntry]:
    """A stretch of the chain in its own order, for those who verify it."""
    statement = (
        sa.select(audit_logs)
        .where(audit_logs.c.org_id == org_id, audit_logs.c.sequence > sequence)
        .order_by(audit_logs.c.sequence)
        .limit(limit)
    )
    return [_entry_of(row) for row in await tx.execute(statement)]


async def entry_of(tx: Transaction, org_id: UUID, entry_id: UUID) -> ChainedEntry | None:
    """One entry."""
    statement = sa.select(audit_logs).where(audit_logs.c.org_id == org_id, audit_logs.c.entry_id == entry_id)
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _entry_of(row)


async def head_of(tx: Transaction, org_id: UUID) -> Head:
    """Where the chain ends, without a lock."""
    statement = sa.select(audit_heads.c.sequence, audit_heads.c.hash).where(audit_heads.c.org_id == org_id)
    row = (await tx.execute(statement)).one_or_none()
    return Head() if row is None else Head(row.sequence, bytes(row.hash))


def _conditions(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    equal = (
        (audit_logs.c.actor["id"].astext, wanted.only_actor_id),
        (audit_logs.c.actor["id"].astext, wanted.actor_id),
        (audit_logs.c.target["type"].astext, wanted.target_type),
        (audit_logs.c.target["id"].astext, wanted.target_id),
        (audit_logs.c.outcome, wanted.outcome),
    )
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if wanted.action:
        conditions.append(audit_logs.c.action.in_(wanted.action))
    if wanted.created_from is not None:
        conditions.append(audit_logs.c.at >= wanted.created_from)
    if wanted.created_to is not None:
        conditions.append(audit_logs.c.at < wanted.created_to)
    return conditions


def _entry_of(row: Row) -> ChainedEntry:
    columns = row._mapping  # noqa: SLF001 -- SQLAlchemy's public name for a row as a mapping
    entry = AuditEntry(**{name: columns[name] for name in _ENTRY_COLUMNS})
    return ChainedEntry(row.sequence, entry, bytes(row.previous_hash), bytes(row.hash))
