"""Changes of subscriptions: those that wait, and what became of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_common.wire import PageRequest
from usageflow_invoicer.domain.lifecycle import Change, ChangeKind
from usageflow_invoicer.tables import subscription_changes

ChangeStatus = Literal["scheduled", "applied", "dropped"]


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A change as it is shown."""

    change_id: UUID
    kind: ChangeKind
    at: datetime
    status: ChangeStatus
    plan_id: UUID | None
    plan_version: int | None
    reason: str | None
    created_at: datetime
    ended_at: datetime | None


async def insert_change(tx: Transaction, org_id: UUID, subscription_id: UUID, change: Change, wall: datetime) -> None:
    """A change that waits until its time."""
    await tx.execute(
        sa.insert(subscription_changes).values(
            org_id=org_id,
            change_id=change.change_id,
            subscription_id=subscription_id,
            kind=change.kind,
            at=change.at,
            status="scheduled",
            plan_id=change.plan.plan.plan_id if change.plan else None,
            plan_version=change.plan.plan.number if change.plan else None,
            reason=change.reason,
            created_at=wall,
        )
    )


async def end_changes(
    tx: Transaction, org_id: UUID, change_ids: Sequence[UUID], status: ChangeStatus, wall: datetime
) -> None:
    """They have been applied, or will not be."""
    if not change_ids:
        return
    c = subscription_changes.c
    await tx.execute(
        sa.update(subscription_changes)
        .where(c.org_id == org_id, any_of(c.change_id, change_ids), c.status == "scheduled")
        .values(status=status, ended_at=wall)
    )


async def drop_waiting(tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID], wall: datetime) -> None:
    """None that waits for these subscriptions will be applied: they are canceled."""
    if not subscription_ids:
        return
    c = subscription_changes.c
    await tx.execute(
        sa.update(subscription_changes)
        .where(c.org_id == org_id, any_of(c.subscription_id, subscription_ids), c.status == "scheduled")
        .values(status="dropped", ended_at=wall)
    )


async def read_change(tx: Transaction, org_id: UUID, subscription_id: UUID, change_id: UUID) -> StoredChange | None:
    """One change of the subscription."""
    c = subscription_changes.c
    row = (
        await tx.execute(
            sa.select(subscription_changes).where(
                c.org_id == org_id, c.subscription_id == subscription_id, c.change_id == change_id
            )
        )
    ).first()
    return _change(row) if row else None


async def waiting_changes(
    tx: Transaction, org_id: UUID, subscription_ids: Sequence[UUID]
) -> dict[UUID, tuple[StoredChange, ...]]:
    """Those that wait, in the order of their instants."""
    c = subscription_changes.c
    found: dict[UUID, tuple[StoredChange, ...]] = {}
    rows = await tx.execute(
        sa.select(subscription_changes)
        .where(c.org_id == org_id, any_of(c.subscription_id, subscription_ids), c.status == "scheduled")
        .order_by(c.at, c.change_id)
    )
    for row in rows:
        found[row.subscription_id] = (*found.get(row.subscription_id, ()), _change(row))
    return found


async def list_changes(tx: Transaction, org_id: UUID, subscription_id: UUID, page: PageRequest) -> list[StoredChange]:
    """All of a subscription's, the latest first."""
    c = subscription_changes.c
    statement = (
        sa.select(subscription_changes)
        .where(c.org_id == org_id, c.subscription_id == subscription_id)
        .order_by(c.at.desc(), c.change_id.desc())
        .limit(page.limit)
    )
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        statement = statement.where(sa.tuple_(c.at, c.change_id) < sa.tuple_(*map(sa.literal, last)))
    return [_change(row) for row in await tx.execute(statement)]


def _change(row: sa.Row[Any]) -> StoredChange:
    return StoredChange(
        row.change_id,
        row.kind,
        row.at,
        row.status,
        row.plan_id,
        row.plan_version,
        row.reason,
        row.created_at,
        row.ended_at,
    )
