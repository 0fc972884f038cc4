"""What is kept of a window for each aggregation: states that can be merged in any order, and the value that a range amounts to.

    COUNT n · SUM Σ · AVG (Σ, n) · MIN, MAX · LATEST by (event time, event id) · WEIGHTED_SUM (Σδ, Σδ·t) · UNIQUE n beside its points

A UNIQUE metric's distinct values are points of their own (value hashes); a state says how many events there are, not how many values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, TypeAlias, get_args
from uuid import UUID

from usageflow_common.clock import instant_text
from usageflow_common.money import DECIMAL_PLACES_MAX, EXACT, decimal_text

Aggregation: TypeAlias = Literal["COUNT", "SUM", "MAX", "MIN", "AVG", "UNIQUE", "LATEST", "WEIGHTED_SUM"]
AGGREGATIONS: Final[tuple[Aggregation, ...]] = get_args(Aggregation)

_NOTHING: Final = Decimal(0)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TWELVE_PLACES: Final = Decimal(1).scaleb(-DECIMAL_PLACES_MAX)


@dataclass(frozen=True, slots=True)
class State:
    """Events of one metric together. What an aggregation does not use keeps its default.

    `total`: Σ of the values (SUM, AVG), Σδ (WEIGHTED_SUM). `delta_seconds`: Σδ·t, t in seconds since 1970 (WEIGHTED_SUM).
    `value`: MIN, MAX, LATEST; None when there is no event. `at`, `event_id`: of the latest event (LATEST).
    """

    event_count: int = 0
    total: Decimal = _NOTHING
    delta_seconds: Decimal = _NOTHING
    value: Decimal | None = None
    at: datetime | None = None
    event_id: UUID | None = None


EMPTY: Final = State()


@dataclass(frozen=True, slots=True)
class Level:
    """What a WEIGHTED_SUM needs besides its range's state: the level at the beginning (Σδ of all before), and the range itself."""

    opening: Decimal
    start_at: datetime
    end_at: datetime


def add_event(aggregation: Aggregation, state: State, value: Decimal, at: datetime, event_id: UUID) -> State:
    """The state with one more event. `value`: the amount or the property; it does not matter to COUNT and UNIQUE."""
    return merge(aggregation, state, _of_event(aggregation, value, at, event_id))


def is_invertible(aggregation: Aggregation) -> bool:
    """Whether an event can be taken out of a state by subtraction; otherwise what is left has to be folded again."""
    return aggregation in {"COUNT", "SUM", "AVG", "WEIGHTED_SUM"}


def merge(aggregation: Aggregation, left: State, right: State) -> State:
    """Both together; neither order nor division matters."""
    count = left.event_count + right.event_count
    match aggregation:
        case "COUNT" | "UNIQUE":
            return State(count)
        case "SUM" | "AVG":
            return State(count, EXACT.add(left.total, right.total))
        case "WEIGHTED_SUM":
            return State(count, EXACT.add(left.total, right.total), EXACT.add(left.delta_seconds, right.delta_seconds))
        case "MAX" | "MIN":
            values = [value for value in (left.value, right.value) if value is not None]
            chosen = (max if aggregation == "MAX" else min)(values) if values else None
            return State(count, value=chosen)
        case "LATEST":
            later = max(left, right, key=_lateness)
            return State(count, value=later.value, at=later.at, event_id=later.event_id)


def subtract(aggregation: Aggregation, state: State, part: State) -> State:
    """The state without a part of it; the inverse of `merge`. ValueError where that cannot be told from the two alone."""
    if not is_invertible(aggregation):
        raise ValueError(f"{aggregation} cannot be subtracted")
    return State(
        state.event_count - part.event_count,
        EXACT.subtract(state.total, part.total),
        EXACT.subtract(state.delta_seconds, part.delta_seconds),
    )


def value_of(
    aggregation: Aggregation, state: State, *, distinct: int = 0, level: Level | None = None
) -> Decimal | None:
    """The value of a range that holds this state: exact; AVG and WEIGHTED_SUM half up to 12 decimals.

    Of nothing: 0 for COUNT, SUM and UNIQUE, None for the others, except that a level carries over. `distinct`: UNIQUE's values in the
    range. `level`: for WEIGHTED_SUM; its value is ∫ level dt ÷ seconds of the range.
    """
    match aggregation:
        case "COUNT":
            return Decimal(state.event_count)
        case "SUM":
            return state.total
        case "UNIQUE":
            return Decimal(distinct)
        case "AVG":
            return quotient(state.total, Decimal(state.event_count)) if state.event_count else None
        case "MAX" | "MIN" | "LATEST":
            return state.value
        case "WEIGHTED_SUM":
            if level is None:
                raise ValueError("A WEIGHTED_SUM needs its opening level and its range")
            return _weighted(state, level)


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Half up to 12 decimals, from the exact rational: integer division, so that no intermediate rounding is rounded again.

    The divisor is positive.
    """
    scaled = EXACT.scaleb(dividend, DECIMAL_PLACES_MAX)
    whole, rest = EXACT.divmod(EXACT.abs(scaled), divisor)
    if EXACT.multiply(rest, Decimal(2)) >= divisor:
        whole = EXACT.add(whole, Decimal(1))
    signed = whole if scaled >= 0 else EXACT.minus(whole)
    return EXACT.multiply(signed, _TWELVE_PLACES).quantize(_TWELVE_PLACES, ROUND_HALF_UP, EXACT)


def encode_state(aggregation: Aggregation, state: State) -> dict[str, str]:
    """The state without its count, as usage.aggregated carries it."""
    match aggregation:
        case "COUNT" | "UNIQUE":
            return {}
        case "SUM" | "AVG":
            return {"sum": decimal_text(state.total)}
        case "WEIGHTED_SUM":
            return {"delta": decimal_text(state.total), "delta_seconds": decimal_text(state.delta_seconds)}
        case "MAX" | "MIN":
            return {} if state.value is None else {"value": decimal_text(state.value)}
        case "LATEST":
            if state.value is None or state.at is None or state.event_id is None:
                return {}
            return {"value": decimal_text(state.value), "at": instant_text(state.at), "event_id": str(state.event_id)}


def decode_state(event_count: int, fields: Mapping[str, str]) -> State:
    """The inverse: whatever the aggregation, its fields say which they are."""
    return State(
        event_count,
        total=Decimal(fields.get("sum", fields.get("delta", "0"))),
        delta_seconds=Decimal(fields.get("delta_seconds", "0")),
        value=Decimal(fields["value"]) if "value" in fields else None,
        at=datetime.fromisoformat(fields["at"]) if "at" in fields else None,
        event_id=UUID(fields["event_id"]) if "event_id" in fields else None,
    )


def _of_event(aggregation: Aggregation, value: Decimal, at: datetime, event_id: UUID) -> State:
    match aggregation:
        case "COUNT" | "UNIQUE":
            return State(1)
        case "SUM" | "AVG":
            return State(1, value)
        case "WEIGHTED_SUM":
            return State(1, value, EXACT.multiply(value, _seconds(at)))
        case "MAX" | "MIN":
            return State(1, value=value)
        case "LATEST":
            return State(1, value=value, at=at, event_id=event_id)


def _lateness(state: State) -> tuple[bool, datetime, int]:
    if state.at is None or state.event_id is None:
        return False, _EPOCH, 0
    return True, state.at, state.event_id.int


def _weighted(state: State, level: Level) -> Decimal | None:
    """(L·(b−a) + b·Σδ − Σδ·t) ÷ (b−a): each change counts from its instant to the end of the range."""
    if not state.event_count and not level.opening:
        return None
    start, end = _seconds(level.start_at), _seconds(level.end_at)
    length = EXACT.subtract(end, start)
    carried = EXACT.multiply(level.opening, length)
    changed = EXACT.subtract(EXACT.multiply(end, state.total), state.delta_seconds)
    return quotient(EXACT.add(carried, changed), length)


def _seconds(instant: datetime) -> Decimal:
    """Seconds since 1970, exact to the microsecond."""
    return EXACT.scaleb(Decimal((instant - _EPOCH) // _MICROSECOND), Decimal(-6))
