"""A tenant at the desk where events are corrected: the API over a real log, with a relay that brings corrections to Kafka."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
from api_client import open_api, until_ready

from usageflow_common.ids import event_id, new_id
from usageflow_common.kafka import Outgoing
from usageflow_common.outbox import Relay
from usageflow_common.records import ClockRecord
from usageflow_common.testing import caller
from usageflow_common.testing.organizations import announcement_of, organization_record
from usageflow_common.topics import CLOCKS_CHANGED, EVENTS_RAW, decode, encode, tenant_key

NOW = datetime.now(UTC).replace(microsecond=0)
YESTERDAY = NOW - timedelta(days=1)
SCOPES = ("events:write", "usage:read")


@dataclass
class Desk:
    """`post` and `get` speak for the organization of the world, unless another one is named."""

    world: object
    client: httpx.AsyncClient
    keys: object
    positions: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})

    async def count(self):
        """Count what the log holds beyond the last call."""
        for partition in self.positions:
            position = await self.world.resume(partition)
            batch = await self.world.batch(position, partition)
            if batch.records:
                await self.world.handler.handle(batch)

    def id_of(self, key):
        """The id of the organization's event with this key, as text."""
        return str(event_id(self.world.org_id, key))

    async def use(self, key, partition=0, **values):
        """An event, sent and counted; its id as text."""
        await self.world.use(key, partition, **{"at": YESTERDAY, **values})
        await self.count()
        return self.id_of(key)

    async def backfill(self, key, backfill_id):
        """An event of a backfill, sent and counted; its id as text."""
        event = msgspec.structs.replace(self.world.event(key, at=YESTERDAY), backfill_id=backfill_id)
        await self.world.send(event)
        await self.count()
        return self.id_of(key)

    async def post(self, path, body, *, key=None, org_id=None, scopes=SCOPES, **headers):
        """A mutation under an Idempotency-Key."""
        who = caller(*scopes, org_id=org_id or self.world.org_id, idempotency_key=key or str(new_id()))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body, headers=self.keys.headers("aggregator", who) | named)

    async def get(self, path, *, org_id=None, scopes=SCOPES, **query):
        """A read."""
        headers = self.keys.token_headers("aggregator", scopes, org_id=org_id or self.world.org_id)
        return await self.client.get(path, params=query, headers=headers)

    async def sent(self, partition):
        """What stands in a partition of events.raw behind its marker."""
        end = (await self.world.reader.bounds(partition)).end
        found = [await self.world.reader.read_at(partition, offset) for offset in range(1, end)]
        return [decode(EVENTS_RAW, record.value, record.headers["schema"]) for record in found]

    async def last(self, partition):
        """The last record of a partition."""
        return (await self.sent(partition))[-1]

    async def announce(self, org_id, **changes):
        """An organization, known to the API."""
        await self.world.producer.send(announcement_of(organization_record(org_id, **changes)))

    async def set_clock(self, org_id, offset):
        """The test clock of an organization."""
        record = ClockRecord(org_id=org_id, offset_microseconds=offset // timedelta(microseconds=1), version=1)
        await self.world.producer.send(Outgoing(CLOCKS_CHANGED, tenant_key(org_id), encode(record)))


@asynccontextmanager
async def open_desk(world, token_keys):
    """The API and a relay over a world."""
    relay = Relay(world.engine, world.database.url, world.producer, schema="aggregator")
    relaying = asyncio.create_task(relay.run())
    try:
        async with open_api(world, token_keys) as client:
            desk = Desk(world, client, token_keys)
            await desk.announce(world.org_id)
            await until_ready(client)
            yield desk
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
