"""Operators' commands at the terminal: what they print, and the actor that they are recorded under."""

from __future__ import annotations

import argparse
import asyncio
import base64
import dataclasses
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.repairing import Irreparable, Place, read_repair
from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.service.quarantine import Decided, list_quarantine, repair, show, waive
from usageflow_aggregator.service.upkeep import keep_up, list_days, list_generations
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_aggregator.store.quarantine import StoredRecord
from usageflow_common.catalog import Catalog
from usageflow_common.clock import Clock
from usageflow_common.database import create_engine, is_unavailable
from usageflow_common.entry import NOT_REACHABLE
from usageflow_common.errors import Unavailable, UsageflowError
from usageflow_common.kafka import Bus
from usageflow_common.outbox import wait_delivered
from usageflow_common.records import ActorRecord, MetricRecord, UsageEvent
from usageflow_common.settings import read_settings
from usageflow_common.topics import EVENTS_RAW, METRICS_CHANGED

_KAFKA_SECONDS: Final = 10.0


async def run_list(arguments: argparse.Namespace) -> int:
    """`quarantine list`: one JSON object a line."""
    async with _engine() as (engine, _):
        for record in await list_quarantine(engine, released_too=arguments.all):
            _print(record)
    return 0


async def run_show(arguments: argparse.Namespace) -> int:
    """`quarantine show`: the record as one JSON object, or its value alone with --raw; 1 when there is none."""
    async with _engine() as (engine, _):
        try:
            record = await show(engine, arguments.partition, arguments.offset)
        except UsageflowError as error:
            return _refused(error)
    if arguments.raw:
        sys.stdout.buffer.write(record.value or b"")
        sys.stdout.flush()
    else:
        _print(_shown(record))
    return 0


async def run_repair(arguments: argparse.Namespace) -> int:
    """`quarantine repair`: 0 when event and release stand in the log, 1 when it cannot be done, 3 when they have not been sent yet."""
    mended = arguments.value.read_bytes() if arguments.value is not None else None
    async with _engine() as (engine, settings):
        try:
            async with _metrics(settings) as book:

                def read(record: StoredRecord) -> UsageEvent | Irreparable:
                    place = Place(record.partition, record.offset, record.appended_at, record.org_id)
                    value, schema = (mended, EVENTS_RAW.schema) if mended is not None else (record.value, record.schema)
                    return read_repair(place, value or b"", schema, book.definition, settings.digest_key)

                place = arguments.partition, arguments.offset
                decided = await repair(
                    engine, Clock(), *place, read=read, reason=arguments.reason, actor=_actor(arguments)
                )
        except Unavailable as error:
            sys.stderr.write(f"Kafka cannot be reached: {error.detail}\n")
            return NOT_REACHABLE
        except UsageflowError as error:
            return _refused(error)
        return await _sent(engine, decided, "repaired")


async def run_waive(arguments: argparse.Namespace) -> int:
    """`quarantine waive`: 0 when the release stands in the log, 1 when it cannot be given, 3 when it has not been sent yet."""
    async with _engine() as (engine, _):
        try:
            place = arguments.partition, arguments.offset
            decided = await waive(engine, Clock(), *place, reason=arguments.reason, actor=_actor(arguments))
        except UsageflowError as error:
            return _refused(error)
        return await _sent(engine, decided, "released")


async def run_upkeep(_arguments: argparse.Namespace) -> int:
    """`upkeep`: one round now, as the worker makes one each minute; 1 when a change would have had to wait for counting too long."""
    async with _engine() as (engine, settings):
        try:
            _print(await keep_up(engine, Clock(), settings.policy))
        except asyncpg.LockNotAvailableError:
            _print({"code": "busy", "detail": "Counting holds what has to be changed. The rest is done; try again."})
            return 1
    return 0


async def run_days(arguments: argparse.Namespace) -> int:
    """`days list`: one JSON object a line for each day of raw events."""
    async with _engine() as (engine, _):
        for day in await list_days(engine, detached=arguments.detached):
            _print(day)
    return 0


async def run_generations(_arguments: argparse.Namespace) -> int:
    """`keys list`: one JSON object a line for each generation of keys."""
    async with _engine() as (engine, _):
        for generation in await list_generations(engine):
            _print(generation)
    return 0


def days_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `days list`."""
    parser.add_argument("--detached", action="store_true", help="the ones that were set aside and that no query sees")


def list_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `quarantine list`."""
    parser.add_argument("--all", action="store_true", help="released ones as well")


def show_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `quarantine show`."""
    _place_arguments(parser)
    parser.add_argument("--raw", action="store_true", help="the value alone, byte for byte")


def repair_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `quarantine repair`."""
    waive_arguments(parser)
    parser.add_argument("--value", type=Path, help="the record as it was meant; without it, the one that stands there")


def waive_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `quarantine waive`."""
    _place_arguments(parser)
    parser.add_argument("--reason", required=True, help="stands in the audit log")
    parser.add_argument("--operator", default="operator", help="who decides it")


def _place_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--partition", type=int, required=True)
    parser.add_argument("--offset", type=int, required=True)


async def _sent(engine: AsyncEngine, decided: Decided, status: str) -> int:
    try:
        await wait_delivered(engine, decided.outbox_ids)
    except UsageflowError:
        _print({"status": "stored", "detail": "A running worker sends the release."})
        return NOT_REACHABLE
    _print({"status": status, "partition": decided.record.partition, "offset": decided.record.offset})
    return 0


def _refused(error: UsageflowError) -> int:
    _print({"code": error.code, "detail": error.detail})
    return 1


def _actor(arguments: argparse.Namespace) -> ActorRecord:
    return ActorRecord(type="operator", id=arguments.operator)


def _shown(record: StoredRecord) -> dict[str, object]:
    """The members of the row; bytes as text where they are UTF-8, else in base64."""
    members = dataclasses.asdict(record)
    for name in ("key", "value"):
        content: bytes | None = members.pop(name)
        try:
            members[name] = None if content is None else content.decode("utf-8")
        except UnicodeDecodeError:
            members[f"{name}_base64"] = base64.b64encode(content or b"").decode("ascii")
    return members


@asynccontextmanager
async def _metrics(settings: AggregatorSettings) -> AsyncIterator[MetricBook]:
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


@asynccontextmanager
async def _engine() -> AsyncIterator[tuple[AsyncEngine, AggregatorSettings]]:
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


def _print(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()
