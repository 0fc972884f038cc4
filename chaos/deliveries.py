"""Deliveries through the storm: endpoints whose receivers flap, are down or go for good; when it is over, what they missed is sent again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from chaos import store
from chaos.api import Api, StormFailed, until
from chaos.moods import GONE, PATHS
from chaos.receiver import Receiver
from usageflow_common.clock import Clock, instant_text
from usageflow_common.database import RawConnection
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.records import BillingFact
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED, decode

_SETTLE_SECONDS_MAX: Final = 180.0
_AGAIN_SECONDS: Final = 2.0
_SINCE: Final = timedelta(days=1)
"""Longer than any storm."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The storm's endpoints by the path of their receiver, and whose they are."""

    org_id: UUID
    by_path: dict[str, UUID]


async def prepare(api: Api, receiver: Receiver) -> Endpoints:
    """One endpoint for each receiver; all of them want everything."""
    org_id = _id(Prefix.ORGANIZATION, (await api.get("/api/organization"))["id"])
    by_path = {}
    for path in PATHS:
        made = await api.post("/api/webhooks/endpoints", {"url": receiver.url + path, "eventTypes": ["*"]})
        by_path[path] = _id(Prefix.ENDPOINT, made["id"])
        receiver.secrets[path] = made["secret"]
    return Endpoints(org_id, by_path)


async def settle(api: Api, owner: RawConnection, endpoints: Endpoints) -> None:
    """Return when nothing waits to be sent. Receivers are fine now: what failed is replayed, as their owner would.

    Again and again, for an attempt whose worker was killed is known to have failed when its lease has ended.
    """
    since = instant_text(Clock().wall() - _SINCE)

    async def nothing_waits() -> bool:
        waiting = await store.read_open_dispatches(owner, endpoints.org_id)
        for path, endpoint_id in endpoints.by_path.items():
            if endpoint_id in waiting and path != GONE:
                here = f"/api/webhooks/endpoints/we_{endpoint_id.hex}/replay"
                await api.post(here, {"since": since, "only": "failed"})
        if waiting:
            await asyncio.sleep(_AGAIN_SECONDS)
        return not waiting

    await until("delivering", nothing_waits, _SETTLE_SECONDS_MAX)


async def read_told(bus: Bus, org_id: UUID) -> list[UUID]:
    """The facts of an organization that are in the log, as often as they are there."""
    found = []
    for topic in (INVOICE_CREATED, BILLING_EVENTS):
        log = LogReader(bus, topic)
        try:
            for partition in range(bus.partitions(topic)):
                bounds = await log.bounds(partition)
                for offset in range(bounds.start, bounds.end):
                    message = await log.read_at(partition, offset)
                    record = decode(topic, message.value, message.headers.get("schema")) if message else None
                    if isinstance(record, BillingFact) and record.org_id == org_id:
                        found.append(record.event_id)
        finally:
            await log.stop()
    return found


def _id(prefix: Prefix, text: str) -> UUID:
    found = parse_public_id(prefix, text)
    if found is None:
        raise StormFailed(f"no id: {text}")
    return found
