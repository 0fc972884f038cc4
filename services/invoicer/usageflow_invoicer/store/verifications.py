"""Verifications of invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction
from usageflow_invoicer.tables import verifications


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification; `checks` in their public shape."""

    org_id: UUID
    verification_id: UUID
    invoice_id: UUID
    status: str
    checked_events: int
    checks: Sequence[Mapping[str, Any]]
    created_at: datetime
    completed_at: datetime | None


async def join_or_insert(tx: Transaction, org_id: UUID, invoice_id: UUID, new_id: UUID, wall: datetime) -> UUID:
    """The verification of the invoice that runs, or a new one by this id."""
    v = verifications.c
    await tx.execute(
        insert(verifications)
        .values(
            org_id=org_id,
            verification_id=new_id,
            invoice_id=invoice_id,
            status="running",
            checked_events=0,
            checks=[],
            created_at=wall,
        )
        .on_conflict_do_nothing()
    )
    running = sa.select(v.verification_id).where(v.org_id == org_id, v.invoice_id == invoice_id, v.status == "running")
    found: UUID | None = await tx.scalar(running)
    return found or new_id


async def read_verification(tx: Transaction, org_id: UUID, verification_id: UUID) -> Verification | None:
    """One verification."""
    v = verifications.c
    statement = sa.select(verifications).where(v.org_id == org_id, v.verification_id == verification_id)
    row = (await tx.execute(statement)).first()
    return _verification(row) if row else None


async def lease_running(tx: Transaction, wall: datetime, until: datetime) -> Verification | None:
    """The oldest one that nobody works on."""
    v = verifications.c
    free = sa.or_(v.leased_until.is_(None), v.leased_until <= wall)
    statement = (
        sa.select(verifications)
        .where(v.status == "running", free)
        .order_by(v.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await tx.execute(statement)).first()
    if row is None:
        return None
    found = _verification(row)
    await tx.execute(_of(found).values(leased_until=until))
    return found


async def renew_lease(tx: Transaction, verification: Verification, until: datetime) -> None:
    """Keep it for a while more."""
    await tx.execute(_of(verification).where(verifications.c.status == "running").values(leased_until=until))


async def finish_verification(
    tx: Transaction,
    verification: Verification,
    *,
    passed: bool,
    checked_events: int,
    checks: Sequence[Mapping[str, Any]],
    wall: datetime,
) -> None:
    """Its report."""
    await tx.execute(
        _of(verification).values(
            status="passed" if passed else "failed",
            checked_events=checked_events,
            checks=[dict(check) for check in checks],
            completed_at=wall,
            leased_until=None,
        )
    )


def _of(verification: Verification) -> sa.Update:
    v = verifications.c
    return sa.update(verifications).where(
        v.org_id == verification.org_id, v.verification_id == verification.verification_id
    )


def _verification(row: sa.Row[Any]) -> Verification:
    return Verification(
        row.org_id,
        row.verification_id,
        row.invoice_id,
        row.status,
        row.checked_events,
        row.checks,
        row.created_at,
        row.completed_at,
    )
