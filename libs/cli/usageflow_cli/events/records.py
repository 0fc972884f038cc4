"""Files of usage as records: named values and the text they were read from. CSV, NDJSON, and the logs of web servers."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

_LINE_CHARACTERS_MAX: Final = 64 * 1024
_LOG_TIME: Final = "%d/%b/%Y:%H:%M:%S %z"
# the Common Log Format, and the two quoted fields that the Combined one adds; quotes inside a field are written \"
_LOG_LINE: Final = re.compile(
    r'(?P<host>\S+) (?P<ident>\S+) (?P<user>.+?) \[(?P<time>[^\]]+)\] "(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}|-) (?P<bytes>\d+|-)'
    r'(?: "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?.*'
)
_REQUEST: Final = re.compile(r"(?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<protocol>HTTP/\S+))?")


class Format(StrEnum):
    """What a file looks like."""

    AUTO = "auto"
    CSV = "csv"
    NDJSON = "ndjson"
    COMMON_LOG = "common-log"


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `number` counts from 1 and names it for ever; `problem` says why there are no values.

    `open` values may lack any name; else a name that is absent is a mistake.
    """

    number: int
    text: str
    values: Mapping[str, Any]
    problem: str | None = None
    open: bool = False


def format_of(chosen: Format, name: str) -> Format:
    """The format that was chosen, else the one that the file's name says; NDJSON when it says nothing."""
    if chosen is not Format.AUTO:
        return chosen
    match PurePath(name).suffix.lower():
        case ".csv":
            return Format.CSV
        case ".log":
            return Format.COMMON_LOG
        case _:
            return Format.NDJSON


def read_records(lines: Iterator[str], kind: Format) -> Iterator[Record]:
    """Every record; blank lines have none and no number."""
    if kind is Format.CSV:
        yield from _read_csv(lines)
        return
    read = _log_values if kind is Format.COMMON_LOG else _json_values
    number = 0
    for line in lines:
        text = line.strip("\r\n \t\ufeff")
        if text:
            number += 1
            yield _record(number, text, read)


def _record(number: int, text: str, read: Callable[[str], Mapping[str, Any]]) -> Record:
    if len(text) > _LINE_CHARACTERS_MAX:
        return Record(number, text[:_LINE_CHARACTERS_MAX], {}, "The line is too long")
    try:
        return Record(number, text, read(text), open=read is _json_values)
    except (ValueError, RecursionError) as error:
        return Record(number, text, {}, str(error))


def _read_csv(lines: Iterator[str]) -> Iterator[Record]:
    """The first row names the columns. A row with another number of cells is a problem: something was cut or not quoted."""
    heard: list[str] = []

    def overheard() -> Iterator[str]:
        for line in lines:
            heard.append(line)
            yield line

    rows = csv.reader(overheard(), strict=True)
    columns: list[str] | None = None
    number = 0
    while True:
        heard.clear()
        problem = None
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            row, problem = [], f"Not CSV: {error}"
        if columns is None:
            columns = [cell.strip("\ufeff ") for cell in row]
            continue
        if not row and problem is None:
            continue
        number += 1
        if problem is None and len(row) != len(columns):
            problem = f"{len(row)} cells, where the first row has {len(columns)}"
        values = {} if problem else dict(zip(columns, row, strict=True))
        yield Record(number, "".join(heard).rstrip("\r\n")[:_LINE_CHARACTERS_MAX], values, problem)


def _json_values(text: str) -> dict[str, Any]:
    """A JSON object, its numbers read exactly."""
    value = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    if not isinstance(value, dict):
        raise ValueError("Not a JSON object")  # noqa: TRY004 - what is wrong is the text
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _log_values(text: str) -> dict[str, Any]:
    """host, ident, user, time, request, method, path, protocol, status, bytes, referrer, agent; a dash means absent."""
    line = _LOG_LINE.fullmatch(text)
    if line is None:
        raise ValueError("Not a line of the Common or Combined log format")
    request = _REQUEST.fullmatch(line["request"])
    values = line.groupdict() | (request.groupdict() if request else dict.fromkeys(_REQUEST.groupindex))
    found: dict[str, Any] = {name: None if value in {"-", ""} else value for name, value in values.items()}
    found["time"] = datetime.strptime(line["time"], _LOG_TIME)  # noqa: DTZ007 - the format has a zone
    return found
