"""`usageflow events send`: usage from a file, each record counted once however often the command is run."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from usageflow import Options, QueueFull, Refused, Undelivered, UsageFlow, UsageFlowError
from usageflow_cli.api import Connection
from usageflow_cli.connection import find_connection
from usageflow_cli.events.mapping import Columns
from usageflow_cli.events.progress import Progress, begin, keep
from usageflow_cli.events.records import Format, format_of, read_records
from usageflow_cli.events.shipment import Shipment

events = typer.Typer(help="Send usage events.", no_args_is_help=True)

STANDARD_INPUT: Final = "-"
_BATCH_EVENTS: Final = 1_000
_QUEUE_EVENTS: Final = 10_000
Column = Annotated[str | None, typer.Option(metavar="COLUMN")]


@events.command("send")
def send(  # noqa: PLR0917 - a command's options
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, NDJSON or a web server's log; - reads NDJSON.")],
    metric: Annotated[str | None, typer.Option(help="The metric of every record.")] = None,
    customer_column: Column = None,
    amount_column: Column = None,
    time_column: Column = None,
    key_column: Column = None,
    properties: Annotated[list[str] | None, typer.Option("--property", metavar="NAME=COLUMN")] = None,
    kind: Annotated[Format, typer.Option("--format", help="By the file's name, unless given.")] = Format.AUTO,
    key_prefix: Annotated[str | None, typer.Option(help="Keys are PREFIX:NUMBER, not made from the file.")] = None,
    backfill: Annotated[str | None, typer.Option(help="bf_…: an open backfill that these events belong to.")] = None,
    rejected: Annotated[Path | None, typer.Option(help="Where refused lines go; else FILE.rejected.")] = None,
    patience: Annotated[float, typer.Option(min=0.1, help="Seconds without any progress before giving up.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Send a file of usage. Safe to run again: it goes on where it stopped, and nothing counts twice.

    Columns have the API's names unless given: metric, customerId, amount, timestamp, idempotencyKey, properties. A log has host,
    ident, user, time, method, path, protocol, status, bytes, referrer and agent. Without keys of their own, records are named
    after the file's content and their place in it. Exit code 1: lines were refused, 3: not all could be delivered.
    """
    path = None if file == STANDARD_INPUT else Path(file)
    kind = format_of(kind, file)
    if time_column is None and kind is Format.COMMON_LOG:
        time_column = "time"
    columns = Columns(metric, customer_column, amount_column, time_column, key_column, _pairs(properties or []))
    options = _options(patience, backfill)
    connection = find_connection()
    way = repr((connection.url, kind, columns, key_prefix, backfill))
    progress = _progress(path, way)
    prefix = key_prefix or progress.key_prefix or None
    refused_path = rejected or (Path("stdin.rejected") if path is None else path.with_name(path.name + ".rejected"))
    shipment = Shipment(progress, refused_path, _forget if path is None else partial(keep, path))
    failure: UsageFlowError | None = None
    with _opened(path) as (lines, advance), _client(connection, shipment, options) as client:
        records = read_records(lines, kind)
        try:
            shipment.send(records, columns, client, key_prefix=prefix, patience_seconds=patience, advance=advance)
        except (Refused, QueueFull, Undelivered) as error:
            failure = error
    _report(shipment.progress, progress, refused_path, as_json=as_json)
    _leave(shipment.progress, failure)


def _pairs(properties: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in properties]
    if any(not name or not column for name, _, column in pairs):
        raise typer.BadParameter("A property is NAME=COLUMN", param_hint="--property")
    return {name: column for name, _, column in pairs}


def _progress(path: Path | None, way: str) -> Progress:
    if path is None:
        return Progress(0, "", "", "")
    try:
        return begin(path, way)
    except (OSError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _forget(_progress: Progress) -> None:
    """Standard input cannot be read again: there is nothing to go on from."""


def _options(patience_seconds: float, backfill: str | None) -> Options:
    """Of a client whose queue is small: what waits in it would be read again after a break."""
    try:
        return Options(
            batch_events=_BATCH_EVENTS,
            linger_seconds=0.05,
            queue_events=_QUEUE_EVENTS,
            block_seconds=patience_seconds,
            stamp_time=False,
            trust_env=False,
            backfill=backfill,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--backfill") from None


@contextmanager
def _client(connection: Connection, shipment: Shipment, options: Options) -> Iterator[UsageFlow]:
    client = UsageFlow(
        connection.url,
        connection.api_key,
        options=options,
        on_settled=shipment.settled,
        on_rejected=lambda _event: None,
    )
    try:
        yield client
    finally:
        # what is left was said by the shipment, and the next run sends it
        with suppress(UsageFlowError):
            client.close(0)


@contextmanager
def _opened(path: Path | None) -> Iterator[tuple[TextIO, Callable[[], None]]]:
    """The file's lines, and what moves the bar. Bytes that are not UTF-8 are refused with their record, not with the file."""
    if path is None:
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape", newline=""), lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", newline="") as lines,
        Bar(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task(path.name, total=path.stat().st_size)
        yield lines, lambda: bar.update(task, completed=raw.tell())


def _report(now: Progress, before: Progress, refused_path: Path, *, as_json: bool) -> None:
    counts = {"accepted": now.accepted, "refused": now.refused, "settledBefore": before.settled}
    if as_json:
        typer.echo(json.dumps({**counts, "rejectedFile": str(refused_path) if now.refused else None}))
        return
    typer.echo(f"{now.accepted:,} events accepted, {now.refused:,} refused" + _before(before))
    if now.refused:
        typer.echo(f"Refused lines, with their reasons: {refused_path}")


def _before(before: Progress) -> str:
    return f" ({before.settled:,} of these records were settled by an earlier run)" if before.settled else ""


def _leave(progress: Progress, failure: UsageFlowError | None) -> None:
    """0 done, 1 something was refused, 3 not all could be delivered."""
    if failure is not None:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1 if isinstance(failure, Refused) else 3)
    if progress.refused:
        raise typer.Exit(1)
