"""Where usage is read from: whole windows from what is kept, the ragged ends from raw events as corrected, all with the same columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from usageflow_aggregator.domain.asking import CUSTOMER, Asked
from usageflow_aggregator.store import effective
from usageflow_common.civil import Span, whole_windows
from usageflow_common.clock import window_start
from usageflow_common.metering import Aggregation, group_key, other_group

STATE_COLUMNS: Final[dict[Aggregation, tuple[str, ...]]] = {
    "COUNT": (),
    "SUM": ("total",),
    "AVG": ("total",),
    "MIN": ("value",),
    "MAX": ("value",),
    "LATEST": ("value", "value_at", "value_event_id"),
    "WEIGHTED_SUM": ("total", "delta_seconds"),
    "UNIQUE": ("value_hash",),
}
"""What a part has besides its ordinal, its dimensions (d1, d2, …) and event_count."""

_BEGINNING: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(slots=True)
class Parameters:
    """Of one statement: what is added is named by its number."""

    values: list[object] = field(default_factory=list)
    _texts: dict[str, str] = field(default_factory=dict)

    def add(self, value: object, kind: str) -> str:
        """`$3::text[]`."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}"

    def text(self, value: str) -> str:
        """The same number for the same text. Add it where it is used: PostgreSQL cannot tell the type of one that is not."""
        if value not in self._texts:
            self._texts[value] = self.add(value, "text")
        return self._texts[value]


@dataclass(frozen=True, slots=True)
class Reach:
    """The ranges of time that one question needs: whole windows, and what has to be read from raw events."""

    kept: tuple[Span, ...]
    raw: tuple[Span, ...]


def dense(cut: Mapping[int, int]) -> list[int]:
    """A cut as the array that effective.Cut names."""
    return [cut.get(partition, 0) for partition in range(max(cut, default=-1) + 1)]


def reach_of(asked: Asked, windows: Sequence[Span], cut: Mapping[int, int] | None) -> Reach:
    """For consecutive windows; of a WEIGHTED_SUM also everything before them, for the level with which it begins. Below a cut: raw events."""
    span = Span(windows[0].start_at, windows[-1].end_at)
    if cut is not None:
        return Reach((), (span,))
    levels = asked.aggregation == "WEIGHTED_SUM"
    start_at = window_start(span.start_at) if levels else span.start_at
    before = (Span(_BEGINNING, start_at),) if levels else ()
    whole = whole_windows(span)
    if whole is None:
        return Reach(before, (Span(start_at, span.end_at),))
    edges = (Span(start_at, whole.start_at), Span(whole.end_at, span.end_at))
    return Reach((*before, whole), tuple(edge for edge in edges if edge.start_at < edge.end_at))


def parts_of(  # noqa: PLR0917  # what one statement is made of
    asked: Asked,
    org_id: UUID,
    windows: Sequence[Span],
    parameters: Parameters,
    kept: Sequence[Span],
    raw: Sequence[tuple[Span, Sequence[date]]],
    cut: Mapping[int, int] | None,
) -> str:
    """A table for FROM with the parts of consecutive windows. `ordinal` is that of the window, from 1; 0 is before all of them.

    `raw`: ranges with the days of the log that hold their events. `cut`: of raw events, those below it.
    """
    # PostgreSQL cannot tell the type of a parameter that nothing names.
    terms = _Terms(asked, parameters, org_id, [window.start_at for window in windows], cut if raw else None)
    parts = [terms.kept(span) for span in kept] + [terms.raw(span, days) for span, days in raw]
    return "(" + "\nUNION ALL\n".join(parts) + ")"


class _Terms:
    """The statements of one question; they share their parameters."""

    def __init__(
        self, asked: Asked, parameters: Parameters, org_id: UUID, starts: list[datetime], cut: Mapping[int, int] | None
    ) -> None:
        self._asked = asked
        self._parameters = parameters
        self._columns = STATE_COLUMNS[asked.aggregation]
        self._org_id = parameters.add(org_id, "uuid")
        self._metric_id = parameters.add(asked.metric_id, "uuid")
        # width_bucket finds the window by binary search in the windows' beginnings.
        self._starts = parameters.add(starts, "timestamptz[]")
        self._cut = None if cut is None else effective.Cut(parameters.add(dense(cut), "bigint[]"))
        ids = asked.customer_ids
        customers = "" if ids is None else f" AND customer_id = ANY({parameters.add(list(ids), 'text[]')})"
        self._whose = f"org_id = {self._org_id}{customers}"
        self._only = "".join(
            f" AND {self._value_of_group(key)} = ANY({parameters.add(list(values), 'text[]')})"
            for key, values in asked.group_filters.items()
        )

    def kept(self, span: Span) -> str:
        """From windows."""
        where = (
            f"metric_id = {self._metric_id} AND {self._whose} AND {self._within('window_start_at', span)}{self._only}"
        )
        head = f"SELECT width_bucket(window_start_at, {self._starts}) AS ordinal{self._dimensions()}"
        if self._asked.aggregation != "UNIQUE":
            return f"{head}, event_count{self._list(self._columns)} FROM aggregated_usage WHERE {where}"
        return (
            f"{head}, event_count, NULL::bytea AS value_hash FROM aggregated_usage WHERE {where}\nUNION ALL\n"
            f"{head}, 0, value_hash FROM unique_values WHERE {where} AND event_count > 0"
        )

    def raw(self, span: Span, days: Sequence[date]) -> str:
        """From events, each a part of its own."""
        group = self._group_of_event()
        within = self._within("occurred_at", span)
        of_days = self._parameters.add(list(days), "date[]")
        return (
            f"SELECT width_bucket(occurred_at, {self._starts}) AS ordinal{self._dimensions()}, 1 AS event_count{self._of_event()}\n"
            f"FROM (SELECT event.*, {group} AS group_key FROM {effective.effective_events(self._cut, days=of_days)} AS event\n"
            f" WHERE {self._whose} AND {within} AND metric_ids @> ARRAY[{self._metric_id}]) AS event\n"
            f"WHERE true{self._only}"
        )

    def _tells_groups(self) -> bool:
        return bool(self._asked.group_filters) or any(each != CUSTOMER for each in self._asked.dimensions)

    def _within(self, column: str, span: Span) -> str:
        start, end = (self._parameters.add(instant, "timestamptz") for instant in (span.start_at, span.end_at))
        return f"{column} >= {start} AND {column} < {end}"

    def _dimensions(self) -> str:
        named = [
            f"{'customer_id' if each == CUSTOMER else self._value_of_group(each)} AS d{number}"
            for number, each in enumerate(self._asked.dimensions, 1)
        ]
        return self._list(named)

    def _value_of_group(self, key: str) -> str:
        return f"(group_key::jsonb ->> {self._parameters.text(key)})"

    def _group_of_event(self) -> str:
        if not self._tells_groups():
            return "'{}'"
        other = self._parameters.text(group_key(other_group(self._asked.group_by)))
        own = effective.group_key("event.properties", [self._parameters.text(key) for key in self._asked.group_by])
        return effective.admitted_group_key(
            own,
            org_id="event.org_id",
            metric_id=self._metric_id,
            customer_id="event.customer_id",
            shard="event.partition",
            other=other,
        )

    def _of_event(self) -> str:
        return self._list([f"{self._column_of_event(name)} AS {name}" for name in self._columns])

    def _column_of_event(self, name: str) -> str:
        key = None if self._asked.value_property is None else self._parameters.text(self._asked.value_property)
        match name:
            case "total" | "value":
                return effective.value_number("event.amount", "event.properties", key)
            case "delta_seconds":
                number = effective.value_number("event.amount", "event.properties", key)
                return f"({number}) * extract(epoch FROM event.occurred_at)"
            case "value_at":
                return "event.occurred_at"
            case "value_event_id":
                return "event.event_id"
            case _:
                salt = self._parameters.add(self._asked.value_salt, "bytea")
                return effective.value_hash(salt, "event.properties", key or "NULL")

    @staticmethod
    def _list(columns: Sequence[str]) -> str:
        return "".join(f", {column}" for column in columns)
