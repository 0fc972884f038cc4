"""audit.recorded into the audit log. A record that nobody can read goes to the dead letters and stops nothing."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.dead_letters import DeadLetters
from usageflow_common.kafka import Batch, Blocked, Halt, LogBounds, Outcome
from usageflow_common.records import AuditRecord
from usageflow_common.topics import AUDIT_RECORDED, UnknownSchema, Unreadable, decode
from usageflow_gateway.service import audit as service


class AuditHandler:
    """The handler of a PartitionConsumer on audit.recorded."""

    def __init__(self, engine: AsyncEngine, dead_letters: DeadLetters) -> None:
        self._engine = engine
        self._dead_letters = dead_letters

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
                    await self._dead_letters.bury(batch.partition, incoming, detail)
                case _:
                    raise TypeError(f"{type(record).__name__} in {AUDIT_RECORDED.name}")
        return await service.chain_entries(self._engine, batch.partition, batch.asked, batch.after, records)
