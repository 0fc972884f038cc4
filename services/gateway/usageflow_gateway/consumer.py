"""audit.recorded into the audit log. A record that nobody can read goes to the dead letters and stops nothing."""

from __future__ import annotations

import dataclasses
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock, instant_text
from usageflow_common.kafka import Batch, Blocked, Halt, Incoming, LogBounds, Outcome, Outgoing, Producer
from usageflow_common.logs import get_logger
from usageflow_common.records import AuditRecord
from usageflow_common.topics import AUDIT_RECORDED, UnknownSchema, Unreadable, decode
from usageflow_gateway.service import audit as service

DEAD_LETTERS: Final = dataclasses.replace(AUDIT_RECORDED, name=f"{AUDIT_RECORDED.name}.dlq", dead_letter=False)

_log = get_logger(__name__)


class AuditHandler:
    """The handler of a PartitionConsumer on audit.recorded."""

    def __init__(self, engine: AsyncEngine, dead_letters: Producer, clock: Clock) -> None:
        self._engine = engine
        self._dead_letters = dead_letters
        self._clock = clock

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        """The stored position; the beginning of a log that is still whole when there is none."""
        stored = await service.position_of(self._engine, partition)
        match stored:
            case None:
                return 0 if log.start == 0 else Halt("position_unknown")
            case position if position < log.start:
                return Halt("log_truncated")
            case position if position > log.end:
                return Halt("log_recreated")
            case position:
                return position

    async def handle(self, batch: Batch) -> Outcome:
        """Chain the batch's entries."""
        records: list[AuditRecord] = []
        for incoming in batch.records:
            record = decode(AUDIT_RECORDED, incoming.value, incoming.headers.get("schema"))
            match record:
                case AuditRecord():
                    records.append(record)
                case UnknownSchema(schema):
                    return Blocked(f"schema {schema}")
                case Unreadable(detail):
                    await self._bury(batch.partition, incoming, detail)
                case _:
                    raise TypeError(f"{type(record).__name__} in {AUDIT_RECORDED.name}")
        return await service.chain_entries(self._engine, batch.partition, batch.asked, batch.after, records)

    async def _bury(self, partition: int, incoming: Incoming, detail: str) -> None:
        """Before the position moves: a crash in between buries it twice, never not at all."""
        _log.error("audit_record_unreadable", partition=partition, offset=incoming.offset)
        headers = {name: value.decode("utf-8", "replace") for name, value in incoming.headers.items()}
        reason = {
            "dlq_topic": AUDIT_RECORDED.name,
            "dlq_partition": str(partition),
            "dlq_offset": str(incoming.offset),
            "dlq_code": "unreadable",
            "dlq_detail": detail,
            "dlq_failed_at": instant_text(self._clock.wall()),
        }
        await self._dead_letters.send(
            Outgoing(DEAD_LETTERS, incoming.key or b"", incoming.value or b"", partition, headers | reason)
        )
