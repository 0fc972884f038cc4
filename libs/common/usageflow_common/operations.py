"""Mutations asked for by HTTP: one effect and one answer for an operation id, whatever crashes in between.

A use case claims the operation, does its work, and finishes it, all in one transaction: mutation, stored answer, outbox rows and
audit entry commit together. The claim is an advisory lock of that transaction, so a dead process blocks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.records import ActorRecord, AuditRecord
from usageflow_common.tokens import Caller


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
    """`operations(org_id, operation_id, fingerprint, status, body, sealed, location, etag, awaits, finished_at)`."""
    raise NotImplementedError


async def claim(tx: Transaction, caller: Caller) -> Answer | None:
    """First statement of a mutation: None when it is to be done now, the stored answer when it was done.

    IdempotencyKeyInUse when another transaction holds it, IdempotencyKeyReused when the fingerprint differs. Without an operation id: None.
    """
    raise NotImplementedError


async def finish(tx: Transaction, caller: Caller, answer: Answer, *changes: Change, secret: bool = False) -> Answer:
    """Store the answer of a 2xx and enqueue the audit entries. `secret` seals the stored body under a key derived from the Idempotency-Key."""
    raise NotImplementedError


async def record_change(tx: Transaction, org_id: Any, actor: ActorRecord, change: Change) -> None:
    """Enqueue an audit entry of something that no HTTP caller asked for: an operator's command, a scheduled act."""
    raise NotImplementedError


def audit_record(caller: Caller, change: Change) -> AuditRecord:
    """The audit.recorded record of a change by a caller."""
    raise NotImplementedError
