"""From Kafka: facts that become webhook events, and hints that wake the worker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock, instant_text
from usageflow_common.kafka import (
    Applied,
    Batch,
    Blocked,
    Halt,
    Incoming,
    LogBounds,
    Outcome,
    Outgoing,
    Producer,
    Stale,
)
from usageflow_common.logs import get_logger
from usageflow_common.positions import judge_position
from usageflow_common.records import BillingFact
from usageflow_common.topics import Topic, UnknownSchema, Unreadable, decode
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.service.facts import Span, apply_facts, stored_position

_log = get_logger(__name__)


class _Freight(msgspec.Struct):
    """The public `data` of a fact, as bytes: what receivers get is what the producer wrote."""

    webhook_data: msgspec.Raw


@dataclass(frozen=True, slots=True)
class FactHandler:
    """invoice.created and billing.events."""

    engine: AsyncEngine
    producer: Producer
    clock: Clock
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
        for record in batch.records:
            match decode(self.topic, record.value, record.headers.get("schema")):
                case BillingFact() as fact:
                    facts.append(_fact(fact, record))
                case Unreadable(detail):
                    await self._bury(batch.partition, record, detail)
                case UnknownSchema(schema) if record.offset == batch.records[0].offset:
                    return Blocked(f"unknown schema {schema}")
                case UnknownSchema():
                    after = record.offset
                    break
                case other:
                    raise TypeError(f"{type(other).__name__} on {self.topic.name}")
        now = self.clock.wall()
        if await apply_facts(self.engine, Span(self.topic, batch.partition, batch.asked, after), facts, now):
            return Applied(after)
        stored = await stored_position(self.engine, self.topic, batch.partition)
        return Stale(stored) if stored is not None else Halt("position_unknown")

    async def _bury(self, partition: int, record: Incoming, detail: str) -> None:
        """To the dead-letter topic, before the position moves: sent twice rather than not at all."""
        _log.error("record_unreadable", topic=self.topic.name, partition=partition, offset=record.offset)
        headers = {
            **_readable(record.headers),
            "dlq_topic": self.topic.name,
            "dlq_partition": str(partition),
            "dlq_offset": str(record.offset),
            "dlq_code": "unreadable",
            "dlq_detail": detail,
            "dlq_failed_at": instant_text(self.clock.wall()),
        }
        grave = replace(self.topic, name=f"{self.topic.name}.dlq")
        await self.producer.send(Outgoing(grave, record.key or b"", record.value or b"", partition, headers))


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


def _fact(record: BillingFact, message: Incoming) -> Fact:
    data = bytes(msgspec.json.decode(message.value or b"", type=_Freight).webhook_data)
    return Fact(record.org_id, record.event_id, record.type, record.occurred_at, record.customer_id, data)


def _readable(headers: Mapping[str, bytes]) -> dict[str, str]:
    return {name: value.decode("utf-8", "replace") for name, value in headers.items()}
