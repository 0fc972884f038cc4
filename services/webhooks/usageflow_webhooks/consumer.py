"""From Kafka: facts that become webhook events, and hints that wake the worker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC
from typing import assert_never

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.dead_letters import DeadLetters
from usageflow_common.kafka import Applied, Batch, Blocked, Halt, Incoming, LogBounds, Outcome, Stale
from usageflow_common.positions import judge_position
from usageflow_common.records import BillingFact
from usageflow_common.topics import Topic, UnknownSchema, Unreadable, decode
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.intake import Intake
from usageflow_webhooks.service.facts import Span, stored_position


class _Freight(msgspec.Struct):
    """The public `data` of a fact, as bytes: what receivers get is what the producer wrote."""

    webhook_data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class FactHandler:
    """invoice.created and billing.events. `intake` is shared by all partitions of both."""

    engine: AsyncEngine
    intake: Intake
    dead_letters: DeadLetters
    topic: Topic

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        """Where the stored position says. A partition that was never read is read from its first record, while that is there."""
        stored = await stored_position(self.engine, self.topic, partition)
        if stored is None:
            return 0 if log.start == 0 else Halt("position_unknown", f"the log starts at {log.start}")
        match judge_position(stored, stored, log):
            case Halt() as halt:
                return halt
            case Stale(seek_to):
                return seek_to
            case None:
                return stored

    async def handle(self, batch: Batch) -> Outcome:
        """Everything up to the first record of an unknown schema. What nobody can read goes to the dead letters first."""
        facts: list[Fact] = []
        after = batch.after
        for message in batch.records:
            match _read(self.topic, message):
                case Fact() as fact:
                    facts.append(fact)
                case Unreadable(detail):
                    await self.dead_letters.bury(batch.partition, message, detail)
                case UnknownSchema(schema) if message.offset == batch.records[0].offset:
                    return Blocked(f"unknown schema {schema}")
                case UnknownSchema():
                    after = message.offset
                    break
                case never:
                    assert_never(never)
        if await self.intake.take(Span(self.topic, batch.partition, batch.asked, after), facts):
            return Applied(after)
        stored = await stored_position(self.engine, self.topic, batch.partition)
        return Stale(stored) if stored is not None else Halt("position_unknown")


@dataclass(frozen=True, slots=True)
class HintHandler:
    """webhook.dispatch: wakes the worker. The table is the truth, so a hint that is missed costs a poll, and none is read twice."""

    wake: asyncio.Event

    async def resume(self, _partition: int, log: LogBounds) -> int | Halt:
        """From now on."""
        return log.end

    async def handle(self, batch: Batch) -> Outcome:
        """Something is due somewhere."""
        self.wake.set()
        return Applied(batch.after)


def _read(topic: Topic, message: Incoming) -> Fact | Unreadable | UnknownSchema:
    match decode(topic, message.value, message.headers.get("schema")):
        case BillingFact() as record:
            return _fact(record, message)
        case Unreadable() | UnknownSchema() as other:
            return other
        case other:
            raise TypeError(f"{type(other).__name__} on {topic.name}")


def _fact(record: BillingFact, message: Incoming) -> Fact | Unreadable:
    """The fact, or why it can never be stored: one that cannot must not hold up those behind it."""
    if "\x00" in record.type or "\x00" in record.customer_id:
        return Unreadable("NUL in a name")
    if record.occurred_at.tzinfo is None:
        return Unreadable("a time without an offset")
    try:
        occurred_at = record.occurred_at.astimezone(UTC)
    except OverflowError:
        return Unreadable("a time outside the calendar")
    data = bytes(msgspec.json.decode(message.value or b"", type=_Freight).webhook_data)
    return Fact(record.org_id, record.event_id, record.type, occurred_at, record.customer_id, data)
