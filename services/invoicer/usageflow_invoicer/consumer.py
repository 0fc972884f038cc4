"""From Kafka to the use case: decodes usage.aggregated and keeps the parts of a record whose last part is still to come."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.kafka import Applied, Batch, Halt, Incoming, LogBounds, Outcome
from usageflow_common.records import UsageAggregated
from usageflow_common.topics import USAGE_AGGREGATED, UnknownSchema, Unreadable, decode
from usageflow_invoicer.domain.chain import NotReadable, Read
from usageflow_invoicer.service.apply import apply_batch, resume_position


class UsageHandler:
    """The stored position never passes an incomplete record, so after a crash its parts are read again from the first one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._held: dict[int, Batch] = {}

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        """From the database; parts held in memory are read again."""
        self._held.pop(partition, None)
        return await resume_position(self._engine, partition, log)

    async def handle(self, batch: Batch) -> Outcome:
        """Apply the batch behind the parts that are held, if it continues them."""
        held = self._held.pop(batch.partition, None)
        if held is not None and held.after == batch.asked:
            batch = Batch(batch.partition, held.asked, (*held.records, *batch.records))
        reads = [Read(message.offset, _record(message)) for message in batch.records]
        outcome = await apply_batch(self._engine, batch.partition, batch.asked, reads)
        if isinstance(outcome, Applied) and outcome.next < batch.after:
            waiting = tuple(message for message in batch.records if message.offset >= outcome.next)
            self._held[batch.partition] = Batch(batch.partition, outcome.next, waiting)
            return Applied(batch.after)
        return outcome


def _record(message: Incoming) -> UsageAggregated | NotReadable:
    decoded = decode(USAGE_AGGREGATED, message.value, message.headers.get("schema"))
    match decoded:
        case UsageAggregated():
            return decoded
        case UnknownSchema(schema):
            return NotReadable(f"unknown schema {schema}")
        case Unreadable(detail):
            return NotReadable(f"unreadable: {detail}")
        case _:
            raise TypeError(f"{type(decoded).__name__} does not belong into usage.aggregated")
