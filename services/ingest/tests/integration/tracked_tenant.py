"""A tenant of ingest as tests speak of it: what it sends over HTTP, and what Kafka then holds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from usageflow_common.ids import new_id
from usageflow_common.kafka import Bus, Outgoing, Producer
from usageflow_common.records import Record
from usageflow_common.testing.callers import TokenKeys, caller
from usageflow_common.tokens import Actor
from usageflow_common.topics import (
    AUDIT_RECORDED,
    CLOCKS_CHANGED,
    EVENTS_RAW,
    EVENTS_REJECTED,
    METRICS_CHANGED,
    ORGANIZATIONS_CHANGED,
    Topic,
    decode,
    encode,
)

SCOPES = ("track:write", "metrics:write", "events:read")
KEY_ID = UUID(int=77)
TOPICS = (EVENTS_RAW, EVENTS_REJECTED, METRICS_CHANGED, ORGANIZATIONS_CHANGED, CLOCKS_CHANGED, AUDIT_RECORDED)


async def announce(producer: Producer, topic: Topic, key: bytes, record: Record) -> None:
    await producer.send(Outgoing(topic, key, encode(record)))


async def read_all(bus: Bus, topic: Topic) -> list[tuple[int, Any]]:
    """Everything in the topic, with its partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bus.settings.kafka_bootstrap)
    await consumer.start()
    try:
        partitions = [TopicPartition(bus.name(topic), number) for number in range(bus.partitions(topic))]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[tuple[int, Any]] = []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for partition, messages in (await consumer.getmany(timeout_ms=200)).items():
                found += [(partition.partition, _record(topic, message)) for message in messages]
        return found
    finally:
        await consumer.stop()


def _record(topic: Topic, message: Any) -> Any:
    return decode(topic, message.value, dict(message.headers)["schema"])


@dataclass
class Tenant:
    """One organization and its way to ingest."""

    client: httpx.AsyncClient
    keys: TokenKeys
    bus: Bus
    org_id: UUID = field(default_factory=new_id)
    scopes: tuple[str, ...] = SCOPES
    _numbers: Any = field(default_factory=itertools.count)

    def headers(self, key: str | None = None, *, mutation: bool = False) -> dict[str, str]:
        actor = Actor("api_key", KEY_ID)
        who = caller(*self.scopes, org_id=self.org_id, actor=actor, idempotency_key=key if mutation else None)
        named = {} if key is None else {"Idempotency-Key": key}
        return self.keys.headers("ingest", who) | named

    async def track(
        self, body: str | bytes | dict[str, Any], *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        return await self._post("/api/track", body, key, headers)

    async def batch(
        self, body: str | bytes | dict[str, Any], *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        return await self._post("/api/track/batch", body, key, headers)

    async def mutate(self, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        key = key or f"mutation-{next(self._numbers)}"
        return await self.client.post(path, json=body, headers=self.headers(key, mutation=True))

    async def patch(
        self, metric: dict[str, Any], body: object, *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        key = key or f"mutation-{next(self._numbers)}"
        return await self.client.patch(
            f"/api/metrics/{metric['id']}", json=body, headers=self.headers(key, mutation=True) | named
        )

    async def metric(self, code: str, **members: Any) -> dict[str, Any]:
        answer = await self.mutate("/api/metrics", {"code": code, "name": code, "aggregation": "SUM"} | members)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.client.get(path, params=parameters, headers=self.headers())

    async def events(self) -> list[Any]:
        """This organization's records in events.raw."""
        return [r for _, r in await read_all(self.bus, EVENTS_RAW) if r.org_id == self.org_id]

    async def _post(self, path: str, body: Any, key: str | None, headers: dict[str, str]) -> httpx.Response:
        content = {"json": body} if isinstance(body, dict) else {"content": body}
        default = {"Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, headers=default | self.headers(key) | named, **content)
