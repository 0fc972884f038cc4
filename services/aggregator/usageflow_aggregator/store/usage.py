"""Usage of a range, divided into windows and told apart by dimensions: rows in pages, and the whole range, in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, assert_never
from uuid import UUID

import asyncpg

from usageflow_aggregator.domain.asking import (
    Asked,
    ByValue,
    ByWindow,
    EveryRow,
    Found,
    FoundRow,
    OfGroups,
    Page,
    Place,
    Rank,
)
from usageflow_aggregator.store import days
from usageflow_aggregator.store.usage_parts import Parameters, Reach, parts_of, reach_of
from usageflow_common.civil import Span
from usageflow_common.database import Transaction, raw
from usageflow_common.metering import Aggregation, State

ROWS_MAX: Final = 10_000

_SUMS: Final[dict[Aggregation, tuple[str, ...]]] = {
    "COUNT": (),
    "SUM": ("sum(total) AS total",),
    "AVG": ("sum(total) AS total",),
    "MIN": ("min(value) AS value",),
    "MAX": ("max(value) AS value",),
    # By (time, event id), as in metering.
    "LATEST": (
        "(array_agg(value ORDER BY value_at DESC, value_event_id DESC) FILTER (WHERE value IS NOT NULL))[1] AS value",
    ),
    "UNIQUE": ("count(DISTINCT value_hash) AS values_found",),
    "WEIGHTED_SUM": ("sum(total) AS total", "sum(delta_seconds) AS delta_seconds"),
}

_SUMMED: Final = """
SELECT ordinal{names}, sum(event_count)::bigint AS event_count{sums}, GROUPING(ordinal) = 1 AS is_whole
  FROM {parts} AS part
 GROUP BY GROUPING SETS ((ordinal{names}), ())"""

# Each group that there is has a row in each window, so that the level before a window is the sum over the rows in front of it.
_LEVELS: Final = """
WITH moved AS (
    SELECT ordinal{names}, sum(event_count)::bigint AS event_count, sum(total) AS total, sum(delta_seconds) AS delta_seconds
      FROM {parts} AS part GROUP BY ordinal{names}
), carried AS (
    SELECT ordinal{names}, coalesce(event_count, 0) AS event_count, coalesce(total, 0) AS total,
           coalesce(delta_seconds, 0) AS delta_seconds,
           coalesce(sum(total) OVER (PARTITION BY {partition} ORDER BY ordinal
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS opening
      FROM (SELECT DISTINCT {partition} FROM moved) AS present CROSS JOIN generate_series(0, {windows}) AS step (ordinal)
      LEFT JOIN moved USING (ordinal{names})
)
SELECT ordinal{names}, event_count, total, delta_seconds, opening, false AS is_whole FROM carried
 WHERE ordinal > 0 AND (event_count > 0 OR opening <> 0)
UNION ALL
SELECT NULL{nulls}, coalesce(sum(event_count) FILTER (WHERE ordinal > 0), 0)::bigint,
       sum(total) FILTER (WHERE ordinal > 0), sum(delta_seconds) FILTER (WHERE ordinal > 0),
       coalesce(sum(total) FILTER (WHERE ordinal = 0), 0), true
  FROM moved"""


async def read_usage(
    tx: Transaction,
    org_id: UUID,
    asked: Asked,
    windows: Sequence[Span],
    page: Page,
    *,
    cut: Mapping[int, int] | None = None,
    reach: Reach | None = None,
) -> tuple[Found, list[FoundRow]]:
    """The whole range (it consists of the windows), and the rows of the page, in its order: one more than its limit, if there are more.

    Rows that have neither events nor a level are absent. `cut`: partition → offset, counted from raw events below it alone; `reach`: and
    from these windows, which nothing beyond the cut has changed.
    """
    parameters = Parameters()
    numbers = range(1, len(asked.dimensions) + 1)
    names = "".join(f", d{number}" for number in numbers)
    reach = reach or reach_of(asked, windows, cut)
    raw_ranges = [(span, await days.days_of(tx, org_id, span, asked.customer_ids)) for span in reach.raw]
    parts = parts_of(asked, org_id, windows, parameters, reach.kept, raw_ranges, cut)
    if asked.aggregation == "WEIGHTED_SUM":
        partition = ", ".join(f"d{number}" for number in numbers) or "true"
        count, nulls = parameters.add(len(windows), "integer"), ", NULL" * len(asked.dimensions)
        summed = _LEVELS.format(names=names, parts=parts, partition=partition, windows=count, nulls=nulls)
    else:
        sums = "".join(f", {each}" for each in _SUMS[asked.aggregation])
        summed = _SUMMED.format(names=names, parts=parts, sums=sums)
    value = _value(asked.aggregation, windows, parameters) if isinstance(page, ByValue) else "NULL::numeric"
    statement = (
        f"SELECT * FROM (SELECT *, {value} AS rank FROM ({summed}) AS summed) AS row\n"
        f" WHERE is_whole OR (event_count > 0{_or_level(asked)}) AND ({_wanted(page, len(asked.dimensions), parameters)})"
        f"\n ORDER BY is_whole DESC{_order(page, numbers)} LIMIT {parameters.add(_limit(page) + 2, 'integer')}"
    )
    connection = await raw(tx)
    whole, *rows = await connection.fetch(statement, *parameters.values)
    return _found(whole), [_row(row, len(asked.dimensions)) for row in rows]


def _or_level(asked: Asked) -> str:
    return " OR opening <> 0" if asked.aggregation == "WEIGHTED_SUM" else ""


def _wanted(page: Page, dimensions: int, parameters: Parameters) -> str:
    names = [f'd{number} COLLATE "C"' for number in range(1, dimensions + 1)]
    match page:
        case EveryRow():
            return "true"
        case ByWindow(after=after, until=until):
            bounds = [(">", after), ("<=", until)]
            conditions = [_compare(["ordinal", *names], sign, place, parameters) for sign, place in bounds if place]
            return " AND ".join(conditions) or "true"
        case ByValue(after=after):
            return "true" if after is None else _below(names, after, parameters)
        case OfGroups(groups=groups):
            columns = [list(column) for column in zip(*groups, strict=True)] or [[] for _ in names]
            arrays = ", ".join(parameters.add(column, "text[]") for column in columns)
            return f"({', '.join(names)}) IN (SELECT * FROM unnest({arrays}))" if names else "true"
        case _:
            assert_never(page)


def _below(names: Sequence[str], rank: Rank, parameters: Parameters) -> str:
    behind = _behind(names, rank.group, parameters)
    if rank.value is None:
        return f"rank IS NULL AND {behind}"
    bound = parameters.add(rank.value, "numeric")
    return f"rank < {bound} OR rank IS NULL OR (rank = {bound} AND {behind})"


def _behind(names: Sequence[str], group: Sequence[str], parameters: Parameters) -> str:
    bounds = ", ".join(parameters.add(value, "text") for value in group)
    return f"({', '.join(names)}) > ({bounds})" if names else "false"


def _compare(names: Sequence[str], sign: str, place: Place, parameters: Parameters) -> str:
    bounds = [parameters.add(place.ordinal, "integer"), *(parameters.add(value, "text") for value in place.group)]
    return f"({', '.join(names)}) {sign} ({', '.join(bounds)})"


def _order(page: Page, numbers: range) -> str:
    groups = "".join(f', d{number} COLLATE "C"' for number in numbers)
    return f", rank DESC NULLS LAST{groups}" if isinstance(page, ByValue) else f", ordinal{groups}"


def _limit(page: Page) -> int:
    match page:
        case ByWindow(limit=limit) | ByValue(limit=limit):
            return limit
        case EveryRow() | OfGroups():
            return ROWS_MAX
        case _:
            assert_never(page)


def _value(aggregation: Aggregation, windows: Sequence[Span], parameters: Parameters) -> str:
    """metering.value_of, to put rows in order."""
    match aggregation:
        case "COUNT":
            return "event_count::numeric"
        case "SUM":
            return "total"
        case "AVG":
            return _quotient("total", "nullif(event_count, 0)")
        case "MIN" | "MAX" | "LATEST":
            return "value"
        case "UNIQUE":
            return "values_found::numeric"
        case "WEIGHTED_SUM":
            start, end = (
                f"extract(epoch FROM {parameters.add(instant, 'timestamptz')})"
                for instant in (windows[0].start_at, windows[-1].end_at)
            )
            level = f"(opening * ({end} - {start}) + total * {end} - delta_seconds)"
            return _quotient(level, f"({end} - {start})")


def _quotient(dividend: str, divisor: str) -> str:
    # div() truncates exactly, whereas `/` would round to a number of digits of its own choice.
    return (
        f"sign({dividend}) * div(abs({dividend}) * 2000000000000 + {divisor}, 2 * {divisor}::numeric) * 0.000000000001"
    )


def _row(row: asyncpg.Record, dimensions: int) -> FoundRow:
    group = tuple(row[f"d{number}"] for number in range(1, dimensions + 1))
    return FoundRow(Place(row["ordinal"], group), _found(row), row["rank"])


def _found(row: asyncpg.Record) -> Found:
    nothing = Decimal(0)
    state = State(
        row["event_count"] or 0,
        total=row.get("total") or nothing,
        delta_seconds=row.get("delta_seconds") or nothing,
        value=row.get("value"),
    )
    return Found(state, row.get("values_found") or 0, row.get("opening") or nothing)
