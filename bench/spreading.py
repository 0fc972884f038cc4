"""An organization whose customers are too large for one partition each: its events are spread by their keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from msgspec.structs import replace

from bench.stage import MeasurementFailed, Stage
from usageflow_common.catalog import Catalog
from usageflow_common.kafka import Outgoing, Producer
from usageflow_common.records import OrganizationRecord
from usageflow_common.topics import ORGANIZATIONS_CHANGED, encode, tenant_key

_HEARD_SECONDS: Final = 2.0
"""Until ingest has read what changed."""


@asynccontextmanager
async def spread_organization(stage: Stage, spread: int) -> AsyncIterator[None]:
    """Tell everybody that the system's organization is spread, and take it back afterwards."""
    followed = Catalog(stage.bus, ORGANIZATIONS_CHANGED, OrganizationRecord)
    following = asyncio.create_task(followed.run())
    producer = Producer(stage.bus)
    await producer.start()
    try:
        await stage.until("reading organizations", lambda: _is_ready(followed))
        if not followed.records:
            raise MeasurementFailed("The system has no organization.")
        before = next(iter(followed.records.values()))
        await _tell(producer, replace(before, spread=spread, version=before.version + 1))
        yield
        await _tell(producer, replace(before, version=before.version + 2))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await producer.stop()


async def _tell(producer: Producer, record: OrganizationRecord) -> None:
    await producer.send(Outgoing(ORGANIZATIONS_CHANGED, tenant_key(record.org_id), encode(record)))
    await asyncio.sleep(_HEARD_SECONDS)


async def _is_ready(catalog: Catalog[OrganizationRecord]) -> bool:
    return catalog.ready
