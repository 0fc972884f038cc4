"""Mutations asked for by HTTP: one effect and one answer for an operation id, whatever crashes in between.

A use case claims the operation, does its work, and finishes it, all in one transaction: mutation, stored answer, outbox rows and
audit entry commit together. The claim is an advisory lock of that transaction, so a dead process blocks nobody.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from usageflow_common.clock import Clock
from usageflow_common.database import Row, Transaction, json_text
from usageflow_common.errors import IdempotencyKeyInUse, IdempotencyKeyRequired, IdempotencyKeyReused
from usageflow_common.ids import new_id
from usageflow_common.kafka import Outgoing
from usageflow_common.outbox import enqueue
from usageflow_common.records import ActorRecord, AuditRecord
from usageflow_common.sealing import seal, unseal
from usageflow_common.tokens import Actor, Caller
from usageflow_common.topics import AUDIT_RECORDED, encode, tenant_key

RETENTION: Final = timedelta(hours=75)
"""Three hours more than the API promises, for clients that count from when they got the answer."""

_PURGED_ROWS_MAX: Final = 5_000
_BODY: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)

_HOLD: Final = sa.text("SELECT pg_try_advisory_xact_lock(:lock_id)")
_FIND: Final = sa.text("""
SELECT fingerprint, status, body::text AS body, sealed, location, etag, awaits
  FROM operations
 WHERE org_id = :org_id AND operation_id = :operation_id""").bindparams(
    sa.bindparam("org_id", type_=sa.Uuid), sa.bindparam("operation_id", type_=sa.Uuid)
)
_STORE: Final = sa.text("""
INSERT INTO operations (org_id, operation_id, fingerprint, status, body, sealed, location, etag, awaits)
VALUES (:org_id, :operation_id, :fingerprint, :status, CAST(CAST(:body AS text) AS json), :sealed, :location, :etag, :awaits)
ON CONFLICT ON CONSTRAINT pk_operations DO NOTHING
RETURNING operation_id""")
_PURGE: Final = sa.text("""
DELETE FROM operations
 WHERE (org_id, operation_id) IN (
       SELECT org_id, operation_id FROM operations
        WHERE finished_at < clock_timestamp() - CAST(:retention AS interval)
        ORDER BY finished_at LIMIT :rows)""")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets. `location` of a waiting route: a replay answers that resource as it then is.

    `awaits` are outbox rows whose acknowledgement the 2xx promises; they are stored, so that the same key waits again.
    """

    status: int
    body: Mapping[str, Any] | None
    location: str | None = None
    etag: str | None = None
    awaits: tuple[int, ...] = ()
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The audit entry of a mutation. Secrets never stand in `before` or `after`."""

    action: str
    target_type: str
    target_id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def operations_table(metadata: sa.MetaData) -> sa.Table:
    """`operations(org_id, operation_id, fingerprint, status, body, sealed, location, etag, awaits, finished_at)`.

    Migrations make it by `steps.create_operations`.
    """
    return sa.Table(
        "operations",
        metadata,
        sa.Column("org_id", sa.Uuid, primary_key=True),
        sa.Column("operation_id", sa.Uuid, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        # json keeps the text as it was written, so that a replay is the first answer byte for byte.
        sa.Column("body", postgresql.JSON),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("location", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("awaits", postgresql.ARRAY(sa.BigInteger), nullable=False),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.clock_timestamp(),
            index=True,
        ),
        sa.CheckConstraint("status >= 200 AND status < 300", name="succeeded"),
        sa.CheckConstraint("body IS NULL OR sealed IS NULL", name="one_body"),
    )


async def claim(tx: Transaction, caller: Caller) -> Answer | None:
    """First statement of a mutation: None when it is to be done now, the stored answer when it was done.

    IdempotencyKeyInUse when another transaction holds it, IdempotencyKeyReused when the fingerprint differs. Without an operation id: None.
    """
    if caller.operation_id is None:
        return None
    # 1. Who holds the lock may do it; it ends with the transaction, however that ends.
    if not (await tx.execute(_HOLD, {"lock_id": _lock_id(caller.operation_id)})).scalar_one():
        raise IdempotencyKeyInUse
    # 2. A second statement: it sees what the one who held the lock before has committed.
    found = await tx.execute(_FIND, {"org_id": caller.org_id, "operation_id": caller.operation_id})
    row = found.one_or_none()
    if row is None:
        return None
    if row.fingerprint != _fingerprint(caller):
        raise IdempotencyKeyReused("This Idempotency-Key came with another request before.")
    return _answer(row, caller, caller.operation_id)


async def finish(tx: Transaction, caller: Caller, answer: Answer, *changes: Change, secret: bool = False) -> Answer:
    """Store the answer of a 2xx and enqueue the audit entries. `secret` seals the stored body under a key derived from the Idempotency-Key.

    Returns the answer as a replay will give it (ids and instants in its body are text then).
    """
    text = json_text(answer.body) if answer.body is not None else None
    if caller.operation_id is not None:
        await _store(tx, caller, caller.operation_id, answer, text, secret=secret)
    await _enqueue_audit(tx, [audit_record(caller, change) for change in changes])
    return dataclasses.replace(answer, body=_BODY.decode(text) if text is not None else None)


async def record_change(tx: Transaction, org_id: UUID, actor: ActorRecord, change: Change) -> None:
    """Enqueue an audit entry of something that no HTTP caller asked for: an operator's command, a scheduled act."""
    await _enqueue_audit(tx, [_audit_record(org_id, actor, change)])


def audit_record(caller: Caller, change: Change) -> AuditRecord:
    """The audit.recorded record of a change by a caller."""
    record = _audit_record(caller.org_id, _actor_record(caller.actor, caller.role), change)
    return msgspec.structs.replace(record, request_id=caller.request_id, ip=caller.ip, user_agent=caller.user_agent)


async def purge_operations(tx: Transaction) -> int:
    """Forget answers older than RETENTION, at most 5,000 at a time; returns how many. For a worker, now and then."""
    purged = await tx.execute(_PURGE, {"retention": RETENTION, "rows": _PURGED_ROWS_MAX})
    return purged.rowcount


async def _store(
    tx: Transaction, caller: Caller, operation_id: UUID, answer: Answer, body: str | None, *, secret: bool
) -> None:
    sealed = None
    if secret and body is not None:
        if caller.idempotency_key is None:
            raise IdempotencyKeyRequired("An answer that shows a secret needs an Idempotency-Key.")
        sealed, body = seal(body.encode(), caller.idempotency_key, caller.org_id, operation_id), None
    stored = await tx.execute(
        _STORE,
        {
            "org_id": caller.org_id,
            "operation_id": operation_id,
            "fingerprint": _fingerprint(caller),
            "status": answer.status,
            "body": body,
            "sealed": sealed,
            "location": answer.location,
            "etag": answer.etag,
            "awaits": list(answer.awaits),
        },
    )
    if stored.one_or_none() is None:
        raise IdempotencyKeyInUse  # finished by somebody whom our snapshot did not show; the next attempt gets that answer


def _answer(row: Row, caller: Caller, operation_id: UUID) -> Answer:
    body = row.body
    if row.sealed is not None:
        if caller.idempotency_key is None:
            raise IdempotencyKeyRequired("An answer that shows a secret needs its Idempotency-Key.")
        body = unseal(row.sealed, caller.idempotency_key, caller.org_id, operation_id)
    return Answer(
        status=row.status,
        body=_BODY.decode(body) if body is not None else None,
        location=row.location,
        etag=row.etag,
        awaits=tuple(row.awaits),
        replayed=True,
    )


async def _enqueue_audit(tx: Transaction, records: list[AuditRecord]) -> None:
    await enqueue(
        tx,
        [
            Outgoing(
                AUDIT_RECORDED,
                tenant_key(record.org_id),
                encode(record),
                headers={"request_id": record.request_id} if record.request_id else {},
            )
            for record in records
        ],
    )


def _audit_record(org_id: UUID, actor: ActorRecord, change: Change) -> AuditRecord:
    return AuditRecord(
        org_id=org_id,
        entry_id=new_id(),
        at=Clock().wall(),
        actor=actor,
        action=change.action,
        target={"type": change.target_type, "id": change.target_id},
        outcome="done",
        before=dict(change.before) if change.before is not None else None,
        after=dict(change.after) if change.after is not None else None,
    )


def _actor_record(actor: Actor, role: str | None) -> ActorRecord:
    return ActorRecord(type=actor.type, id=str(actor.id), name=actor.name, role=role)


def _fingerprint(caller: Caller) -> str:
    if caller.fingerprint is None:
        raise ValueError("An operation comes with the fingerprint of its request.")
    return caller.fingerprint


def _lock_id(operation_id: UUID) -> int:
    return int.from_bytes(operation_id.bytes[:8], "big", signed=True)
