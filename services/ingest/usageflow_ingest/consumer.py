"""events.rejected into the debugger's table. A record that nobody can read goes to the dead letters and stops nothing."""

from __future__ import annotations

from usageflow_common.dead_letters import DeadLetters
from usageflow_common.kafka import Batch, Blocked, Halt, LogBounds, Outcome
from usageflow_common.records import RejectedEvent
from usageflow_common.topics import EVENTS_REJECTED, UnknownSchema, Unreadable, decode
from usageflow_ingest.service.rejected_events import RejectedEvents


class RejectedEventsHandler:
    """The handler of a PartitionConsumer on events.rejected."""

    def __init__(self, rejected_events: RejectedEvents, dead_letters: DeadLetters) -> None:
        self._rejected_events = rejected_events
        self._dead_letters = dead_letters

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        """Where to read on."""
        return await self._rejected_events.position(partition, log)

    async def handle(self, batch: Batch) -> Outcome:
        """Store the batch's events."""
        events: list[RejectedEvent] = []
        for incoming in batch.records:
            record = decode(EVENTS_REJECTED, incoming.value, incoming.headers.get("schema"))
            match record:
                case RejectedEvent():
                    events.append(record)
                case UnknownSchema(schema):
                    return Blocked(f"schema {schema}")
                case Unreadable(detail):
                    await self._dead_letters.bury(batch.partition, incoming, detail)
                case _:
                    raise TypeError(f"{type(record).__name__} in {EVENTS_REJECTED.name}")
        return await self._rejected_events.keep(batch, events)
