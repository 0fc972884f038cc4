"""Refusals as entries of the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.database import transaction
from usageflow_common.ids import new_id
from usageflow_common.kafka import Outgoing
from usageflow_common.records import ActorRecord, AuditRecord
from usageflow_common.tokens import Caller
from usageflow_common.topics import AUDIT_RECORDED, encode, tenant_key


@dataclass(slots=True)
class Refusal:
    """The first of its kind, and how many there were."""

    caller: Caller
    action: str
    code: str
    at: datetime
    request_id: str | None
    ip: str | None
    user_agent: str | None
    count: int = 1


async def record_refusals(engine: AsyncEngine, refusals: Sequence[Refusal]) -> None:
    """One entry for each."""
    async with transaction(engine) as tx:
        await outbox.enqueue(tx, [_record(each) for each in refusals])


def _record(refusal: Refusal) -> Outgoing:
    caller = refusal.caller
    record = AuditRecord(
        org_id=caller.org_id,
        entry_id=new_id(),
        at=refusal.at,
        actor=ActorRecord(type=caller.actor.type, id=str(caller.actor.id), name=caller.actor.name, role=caller.role),
        action="request.refused",
        target={"type": "route", "id": refusal.action},
        outcome="refused",
        code=refusal.code,
        before=None,
        after={"count": refusal.count},
        request_id=refusal.request_id,
        ip=refusal.ip,
        user_agent=refusal.user_agent,
    )
    return Outgoing(AUDIT_RECORDED, tenant_key(record.org_id), encode(record))
