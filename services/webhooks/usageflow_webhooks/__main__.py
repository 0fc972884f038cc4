"""`python -m usageflow_webhooks api | worker | migrate`."""

from __future__ import annotations

import argparse
import asyncio

from usageflow_common.kafka import Bus
from usageflow_common.migrations import upgrade
from usageflow_common.runtime import Command, command_line, serve
from usageflow_common.topics import AUDIT_RECORDED, BILLING_EVENTS, INVOICE_CREATED, WEBHOOK_DISPATCH
from usageflow_webhooks.app import build_app
from usageflow_webhooks.settings import Settings
from usageflow_webhooks.tables import SCHEMA
from usageflow_webhooks.worker import build_worker

TOPICS = (WEBHOOK_DISPATCH, INVOICE_CREATED, BILLING_EVENTS, AUDIT_RECORDED)


async def run_api(_arguments: argparse.Namespace) -> int:
    """Serve HTTP."""
    settings = Settings()
    return await serve(build_app(settings), host=settings.host, port=settings.port)


async def run_worker(_arguments: argparse.Namespace) -> int:
    """Consume, relay and deliver."""
    settings = Settings()
    return await serve(build_worker(settings), host=settings.host, port=settings.port)


async def run_migrate(_arguments: argparse.Namespace) -> int:
    """Bring the schema up to date, and make the topics that are missing."""
    settings = Settings()
    if settings.owner_database_url is None:
        raise SystemExit("USAGEFLOW_OWNER_DATABASE_URL is needed to migrate")
    owner, service = settings.owner_database_url.get_secret_value(), settings.database_url.get_secret_value()
    await asyncio.to_thread(upgrade, SCHEMA, owner_url=owner, service_url=service)
    await Bus(settings, "webhooks").ensure_topics(TOPICS)
    return 0


if __name__ == "__main__":
    command_line(
        "webhooks",
        (
            Command("api", "serve the routes", run_api),
            Command("worker", "consume facts and deliver webhooks", run_worker),
            Command("migrate", "upgrade the schema and create topics", run_migrate),
        ),
    )
