"""`python -m usageflow_ingest api | worker | migrate`."""

from __future__ import annotations

import argparse
import asyncio
from typing import Final

from usageflow_common.kafka import Bus
from usageflow_common.migrations import upgrade
from usageflow_common.runtime import Command, command_line, serve
from usageflow_common.topics import AUDIT_RECORDED, EVENTS_RAW, EVENTS_REJECTED, METRICS_CHANGED
from usageflow_ingest.app import make_app
from usageflow_ingest.settings import IngestSettings
from usageflow_ingest.tables import SCHEMA
from usageflow_ingest.worker import make_worker


async def _api(_arguments: argparse.Namespace) -> int:
    settings = IngestSettings()
    return await serve(make_app(settings), host=settings.host, port=settings.port)


async def _worker(_arguments: argparse.Namespace) -> int:
    settings = IngestSettings()
    return await serve(make_worker(settings), host=settings.host, port=settings.port)


async def _migrate(_arguments: argparse.Namespace) -> int:
    settings = IngestSettings()
    if settings.owner_database_url is None:
        raise SystemExit("USAGEFLOW_OWNER_DATABASE_URL is needed to migrate.")
    await asyncio.to_thread(
        upgrade,
        SCHEMA,
        owner_url=settings.owner_database_url.get_secret_value(),
        service_url=settings.database_url.get_secret_value(),
    )
    await Bus(settings, "ingest").ensure_topics((EVENTS_RAW, EVENTS_REJECTED, METRICS_CHANGED, AUDIT_RECORDED))
    return 0


_COMMANDS: Final = (
    Command("api", "answer HTTP", _api),
    Command("worker", "relay the outbox and store refused events", _worker),
    Command("migrate", "bring schema and topics up to date", _migrate),
)

if __name__ == "__main__":
    command_line("ingest", _COMMANDS)
