"""What the words of the command line do."""

from __future__ import annotations

import argparse
import asyncio

from usageflow_common.database import create_engine
from usageflow_common.kafka import Bus
from usageflow_common.migrations import upgrade
from usageflow_common.runtime import serve
from usageflow_common.settings import ServiceSettings
from usageflow_common.topics import BILLING_EVENTS, CLOCKS_CHANGED, INVOICE_CREATED, USAGE_AGGREGATED
from usageflow_invoicer.app import build_app
from usageflow_invoicer.service.upkeep import add_partitions
from usageflow_invoicer.settings import InvoicerSettings
from usageflow_invoicer.tables import SCHEMA
from usageflow_invoicer.worker import build_worker

PRODUCED = (INVOICE_CREATED, BILLING_EVENTS, CLOCKS_CHANGED)


async def run_api(_arguments: argparse.Namespace) -> int:
    """Serve the HTTP API until a signal."""
    settings = InvoicerSettings()
    return await serve(build_app(settings), host=settings.host, port=settings.port)


async def run_worker(_arguments: argparse.Namespace) -> int:
    """Work until a signal; health and metrics on the port."""
    settings = InvoicerSettings()
    return await serve(build_worker(settings), host=settings.host, port=settings.port)


async def run_migrate(_arguments: argparse.Namespace) -> int:
    """Upgrade the schema, create the topics and the rows of their partitions. Safe to repeat, and to run twice at once."""
    settings = ServiceSettings()
    if settings.owner_database_url is None:
        raise ValueError("USAGEFLOW_OWNER_DATABASE_URL is needed to migrate.")
    url = settings.database_url.get_secret_value()
    owner_url = settings.owner_database_url.get_secret_value()
    await asyncio.to_thread(upgrade, SCHEMA, owner_url=owner_url, service_url=url)
    await Bus(settings, "invoicer").ensure_topics([*PRODUCED, USAGE_AGGREGATED])
    engine = create_engine(url, application_name="invoicer migrate", pool_size=1)
    try:
        await add_partitions(engine, settings.event_partitions)
    finally:
        await engine.dispose()
    return 0
