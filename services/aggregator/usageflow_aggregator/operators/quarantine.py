"""`quarantine list`, `show`, `repair`, `waive`: records that nobody can read."""

from __future__ import annotations

import argparse
import base64
import dataclasses
import sys
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.domain.repairing import Irreparable, Place, read_repair
from usageflow_aggregator.operators.terminal import actor_of, open_engine, open_metrics, print_line
from usageflow_aggregator.service.quarantine import Decided, list_quarantine, repair, show, waive
from usageflow_aggregator.store.quarantine import StoredRecord
from usageflow_common.clock import Clock
from usageflow_common.entry import NOT_REACHABLE
from usageflow_common.errors import Unavailable, UsageflowError
from usageflow_common.outbox import wait_delivered
from usageflow_common.records import UsageEvent
from usageflow_common.topics import EVENTS_RAW


async def run_list(arguments: argparse.Namespace) -> int:
    """`quarantine list`: one JSON object a line."""
    async with open_engine() as (engine, _):
        for record in await list_quarantine(engine, released_too=arguments.all):
            print_line(record)
    return 0


async def run_show(arguments: argparse.Namespace) -> int:
    """`quarantine show`: the record as one JSON object, or its value alone with --raw; 1 when there is none."""
    async with open_engine() as (engine, _):
        try:
            record = await show(engine, arguments.partition, arguments.offset)
        except UsageflowError as error:
            return _refused(error)
    if arguments.raw:
        sys.stdout.buffer.write(record.value or b"")
        sys.stdout.flush()
    else:
        print_line(_shown(record))
    return 0


async def run_repair(arguments: argparse.Namespace) -> int:
    """`quarantine repair`: 0 when event and release stand in the log, 1 when it cannot be done, 3 when they have not been sent yet."""
    mended = arguments.value.read_bytes() if arguments.value is not None else None
    async with open_engine() as (engine, settings):
        try:
            async with open_metrics(settings) as book:

                def read(record: StoredRecord) -> UsageEvent | Irreparable:
                    place = Place(record.partition, record.offset, record.appended_at, record.org_id)
                    value, schema = (mended, EVENTS_RAW.schema) if mended is not None else (record.value, record.schema)
                    return read_repair(place, value or b"", schema, book.definition, settings.digest_key)

                place = arguments.partition, arguments.offset
                decided = await repair(
                    engine, Clock(), *place, read=read, reason=arguments.reason, actor=actor_of(arguments)
                )
        except Unavailable as error:
            sys.stderr.write(f"Kafka cannot be reached: {error.detail}\n")
            return NOT_REACHABLE
        except UsageflowError as error:
            return _refused(error)
        return await _sent(engine, decided, "repaired")


async def run_waive(arguments: argparse.Namespace) -> int:
    """`quarantine waive`: 0 when the release stands in the log, 1 when it cannot be given, 3 when it has not been sent yet."""
    async with open_engine() as (engine, _):
        try:
            place = arguments.partition, arguments.offset
            decided = await waive(engine, Clock(), *place, reason=arguments.reason, actor=actor_of(arguments))
        except UsageflowError as error:
            return _refused(error)
        return await _sent(engine, decided, "released")


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
        print_line({"status": "stored", "detail": "A running worker sends the release."})
        return NOT_REACHABLE
    print_line({"status": status, "partition": decided.record.partition, "offset": decided.record.offset})
    return 0


def _refused(error: UsageflowError) -> int:
    print_line({"code": error.code, "detail": error.detail})
    return 1


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
