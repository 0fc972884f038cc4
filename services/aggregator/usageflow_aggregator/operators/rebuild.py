"""`rebuild` and `republish`: kept usage against raw events, and a shard told once more."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.rebuilding import Difference, Row
from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.operators.terminal import actor_of, open_engine, open_metrics, print_line
from usageflow_aggregator.service.rebuild import Checked, Mandate, Rebuild, Target
from usageflow_aggregator.service.republish import republish
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW, Clock, instant_text, window_start
from usageflow_common.entry import NOT_REACHABLE
from usageflow_common.errors import Unavailable
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.metering import encode_state
from usageflow_common.outbox import wait_delivered
from usageflow_common.wire import parse_instant

_SHOWN: Final = 100
"""Differences of one metric that are printed; all are counted, and all are repaired."""


def rebuild_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `rebuild`."""
    parser.add_argument("--org", required=True, help="org_…")
    parser.add_argument("--metric", help="its code; all metrics of the organization when it is left out")
    parser.add_argument("--from", dest="start", required=True, help="an instant like 2026-03-01T00:00:00Z")
    parser.add_argument("--to", dest="end", required=True, help="the instant behind the range")
    parser.add_argument("--apply", action="store_true", help="put right what differs, under a new generation")
    parser.add_argument("--reason", default="rebuilt by an operator", help="stands in the audit log")
    parser.add_argument("--operator", default="operator", help="who decides it")


def republish_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `republish`."""
    parser.add_argument("partition", type=int)
    parser.add_argument("--reason", default="republished by an operator", help="stands in the audit log")
    parser.add_argument("--operator", default="operator", help="who decides it")


async def run_rebuild(arguments: argparse.Namespace) -> int:
    """0 when all is equal, or was put right; 1 when something differs; 2 for wrong use. One JSON object a line."""
    org_id = parse_public_id(Prefix.ORGANIZATION, arguments.org)
    start_at, end_at = parse_instant(arguments.start), parse_instant(arguments.end)
    if org_id is None or start_at is None or end_at is None or end_at <= start_at:
        sys.stderr.write(
            "An organization like org_…, and two instants like 2026-03-01T00:00:00Z, the later one last.\n"
        )
        return 2
    differing = 0
    async with open_engine() as (engine, settings), known_metrics(settings) as book:
        definitions = _definitions(book, org_id, arguments.metric)
        if not definitions:
            sys.stderr.write("The organization has no such metric.\n")
            return 2
        for code, definition in definitions:
            target = Target(org_id, definition, _whole(start_at, end_at))
            rebuild = Rebuild(engine, Clock(), settings.digest_key, target)
            differing += await _rebuild(rebuild, code, arguments)
    return 1 if differing and not arguments.apply else 0


async def run_republish(arguments: argparse.Namespace) -> int:
    """0 when Kafka has the shard, 2 when there is no such partition, 3 when a worker has yet to send it."""
    async with open_engine() as (engine, settings), known_metrics(settings) as book:
        try:
            told = await republish(engine, Clock(), book.definition, arguments.partition, mandate_of(arguments))
        except LookupError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        print_line({"generation": told.generation, "next": told.next, "rows": told.items, "parts": told.parts})
        try:
            await wait_delivered(engine, told.outbox_ids, timeout_seconds=60)
        except Unavailable:
            sys.stderr.write("Stored. A running worker sends it.\n")
            return NOT_REACHABLE
    return 0


async def _rebuild(rebuild: Rebuild, code: str, arguments: argparse.Namespace) -> int:
    """Check, print and repair one metric; how many rows differed."""
    events = rows = differing = repaired = 0
    async for checked in rebuild.check():
        for difference in _first(checked, _SHOWN - differing):
            print_line(_difference(code, rebuild.target.definition, difference))
        events, rows = events + checked.events, rows + checked.rows
        differing += len(checked.differences)
        if arguments.apply and checked.differences:
            repaired += await rebuild.repair(checked, mandate_of(arguments))
    print_line({"metric": code, "events": events, "rows": rows, "differences": differing, "repaired": repaired})
    return differing


def _first(checked: Checked, most: int) -> Iterator[Difference]:
    yield from checked.differences[: max(most, 0)]


def _difference(code: str, definition: Definition, difference: Difference) -> dict[str, Any]:
    key = difference.place.key
    return {
        "metric": code,
        "customerId": key.customer_id,
        "windowStart": instant_text(key.window_start_at),
        "group": msgspec.json.decode(key.group_key),
        "partition": difference.place.shard,
        "kept": _row(definition, difference.kept),
        "rebuilt": _row(definition, difference.rebuilt),
    }


def _row(definition: Definition, row: Row) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "eventCount": row.state.event_count,
        **encode_state(definition.aggregation, row.state),
        "digest": f"{row.digest:064x}",
    }
    return shown | ({"distinct": len(row.points)} if definition.aggregation == "UNIQUE" else {})


def _definitions(book: MetricBook, org_id: UUID, code: str | None) -> list[tuple[str, Definition]]:
    found = []
    for metric in book.metrics_of(org_id):
        definition = book.definition(org_id, metric.metric_id)
        if code in {None, metric.code} and isinstance(definition, Definition):
            found.append((metric.code, definition))
    return sorted(found, key=lambda each: each[0])


def _whole(start_at: datetime, end_at: datetime) -> Span:
    """The whole windows that hold the range."""
    last = window_start(end_at)
    return Span(window_start(start_at), last if last == end_at else last + WINDOW)


def mandate_of(arguments: argparse.Namespace) -> Mandate:
    """Who asked for it, and why."""
    return Mandate(actor_of(arguments), arguments.reason)


@asynccontextmanager
async def known_metrics(settings: AggregatorSettings) -> AsyncIterator[MetricBook]:
    """All metrics; leaves with 3 when Kafka cannot say."""
    async with AsyncExitStack() as stack:
        try:
            book = await stack.enter_async_context(open_metrics(settings))
        except Unavailable as error:
            sys.stderr.write(f"Kafka cannot be reached: {error.detail}\n")
            raise SystemExit(NOT_REACHABLE) from error
        yield book
