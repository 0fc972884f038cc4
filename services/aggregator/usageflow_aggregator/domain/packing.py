"""One batch's record for the invoicer, in parts when it is large. The parts are one logical record: applied together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from usageflow_common.records import Marker, Quarantined, UsageAggregated, WindowState

STATES_MAX: Final = 2_000
BYTES_MAX: Final = 900_000
_STATE_BYTES: Final = 420
"""An upper bound of a state's JSON without its customer id: ids, digest, counts and the longest permitted sum."""
_ECHOED_BYTES: Final = 100
"""An upper bound of the JSON of whatever is echoed: an id and an offset at most. A batch of nothing else fits into one part."""


@dataclass(frozen=True, slots=True)
class Link:
    """A committed batch as a link of its partition's chain: it began at `asked` and ended in front of `after`."""

    generation: int
    partition: int
    asked: int
    after: int


@dataclass(frozen=True, slots=True)
class Echo:
    """What a batch says besides its states. `positions` of all partitions go with markers only."""

    markers: tuple[Marker, ...] = ()
    positions: tuple[tuple[int, int], ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    released: tuple[int, ...] = ()


def pack(link: Link, states: Sequence[WindowState], echo: Echo) -> list[UsageAggregated]:
    """The parts, in order. The echo stands in the last one: a marker must never be seen before the states in front of it."""
    chunks = _chunks(states, _bytes_of(echo))
    return [
        UsageAggregated(
            generation=link.generation,
            partition=link.partition,
            from_=link.asked,
            next=link.after,
            part=number,
            parts=len(chunks),
            markers=echo.markers if number == len(chunks) else (),
            positions={str(p): position for p, position in echo.positions} if number == len(chunks) else {},
            quarantined=echo.quarantined if number == len(chunks) else (),
            released=echo.released if number == len(chunks) else (),
            states=chunk,
        )
        for number, chunk in enumerate(chunks, start=1)
    ]


def _chunks(states: Sequence[WindowState], echo_bytes: int) -> list[tuple[WindowState, ...]]:
    """The states, divided so that the echo fits behind those of the last part."""
    chunks: list[tuple[WindowState, ...]] = []
    chunk: list[WindowState] = []
    size = 0
    for state in states:
        # Six bytes for a character, which is what a control character takes: no customer id makes the bound too small.
        bound = _STATE_BYTES + 6 * len(state.customer_id)
        if chunk and (len(chunk) == STATES_MAX or size + bound > BYTES_MAX):
            chunks.append(tuple(chunk))
            chunk, size = [], 0
        chunk.append(state)
        size += bound
    if chunk and size + echo_bytes > BYTES_MAX:
        chunks.append(tuple(chunk))
        chunk = []
    return [*chunks, tuple(chunk)]


def _bytes_of(echo: Echo) -> int:
    return _ECHOED_BYTES * (len(echo.markers) + len(echo.positions) + len(echo.quarantined) + len(echo.released))
