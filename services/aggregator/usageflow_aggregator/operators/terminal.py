"""What the commands have in common: the database, the metrics, and one JSON object a line."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_common.catalog import Catalog
from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.entry import NOT_REACHABLE
from usageflow_common.kafka import Bus
from usageflow_common.records import ActorRecord, MetricRecord
from usageflow_common.settings import read_settings
from usageflow_common.topics import METRICS_CHANGED

_KAFKA_SECONDS: Final = 10.0


@asynccontextmanager
async def open_engine() -> AsyncIterator[tuple[AsyncEngine, AggregatorSettings]]:
    """The database, by the settings of the environment. Leaves with 3 when PostgreSQL is away."""
    settings = read_settings(AggregatorSettings)
    engine = create_engine(
        settings.database_url.get_secret_value(), application_name="aggregator-operator", pool_size=1
    )
    try:
        yield engine, settings
    except Exception as error:
        if not is_unavailable(error):
            raise
        sys.stderr.write("PostgreSQL cannot be reached.\n")
        raise SystemExit(NOT_REACHABLE) from error
    finally:
        await engine.dispose()


@asynccontextmanager
async def open_metrics(settings: AggregatorSettings) -> AsyncIterator[MetricBook]:
    """All metrics as they are now; Unavailable when Kafka cannot say."""
    book = MetricBook()
    catalog = Catalog(Bus(settings, "aggregator"), METRICS_CHANGED, MetricRecord, on_change=book.take)
    following = asyncio.create_task(catalog.run())
    try:
        await catalog.read_to_end(timeout_seconds=_KAFKA_SECONDS)
        yield book
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def actor_of(arguments: argparse.Namespace) -> ActorRecord:
    """Who is recorded as having done it."""
    return ActorRecord(type="operator", id=arguments.operator)


def print_line(value: object) -> None:
    """One JSON object."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()
