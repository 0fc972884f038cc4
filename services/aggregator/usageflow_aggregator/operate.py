"""Operators' commands at the terminal: what they print, and the actor that they are recorded under."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.service.quarantine import list_quarantine, waive
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_common.clock import Clock
from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.entry import NOT_REACHABLE
from usageflow_common.errors import UsageflowError
from usageflow_common.outbox import wait_delivered
from usageflow_common.records import ActorRecord
from usageflow_common.settings import read_settings


async def run_list(arguments: argparse.Namespace) -> int:
    """`quarantine list`: one JSON object a line."""
    async with _engine() as engine:
        for record in await list_quarantine(engine, released_too=arguments.all):
            _print(record)
    return 0


async def run_waive(arguments: argparse.Namespace) -> int:
    """`quarantine waive`: 0 when the release stands in the log, 1 when it cannot be given, 3 when it has not been sent yet."""
    actor = ActorRecord(type="operator", id=arguments.operator)
    async with _engine() as engine:
        try:
            waived = await waive(
                engine, Clock(), arguments.partition, arguments.offset, reason=arguments.reason, actor=actor
            )
        except UsageflowError as error:
            _print({"code": error.code, "detail": error.detail})
            return 1
        try:
            await wait_delivered(engine, waived.outbox_ids)
        except UsageflowError:
            _print({"status": "stored", "detail": "A running worker sends the release."})
            return 3
    _print({"status": "released", "partition": arguments.partition, "offset": arguments.offset})
    return 0


def list_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `quarantine list`."""
    parser.add_argument("--all", action="store_true", help="released ones as well")


def waive_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `quarantine waive`."""
    parser.add_argument("--partition", type=int, required=True)
    parser.add_argument("--offset", type=int, required=True)
    parser.add_argument("--reason", required=True, help="stands in the audit log")
    parser.add_argument("--operator", default="operator", help="who decides it")


@asynccontextmanager
async def _engine() -> AsyncIterator[AsyncEngine]:
    settings = read_settings(AggregatorSettings)
    engine = create_engine(
        settings.database_url.get_secret_value(), application_name="aggregator-operator", pool_size=1
    )
    try:
        yield engine
    except Exception as error:
        if not is_unavailable(error):
            raise
        sys.stderr.write("PostgreSQL cannot be reached.\n")
        raise SystemExit(NOT_REACHABLE) from error
    finally:
        await engine.dispose()


def _print(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()
