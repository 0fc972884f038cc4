"""One batch's record for the invoicer, in parts when it is large. The parts are one logical record: applied together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from usageflow_common.records import Marker, Quarantined, UniquePoint, UsageAggregated, WindowState

ITEMS_MAX: Final = 2_000
"""States and points of one part together."""
BYTES_MAX: Final = 900_000
_ITEM_BYTES: Final = 560
"""An upper bound of a state's or a point's JSON without its customer and group: ids, digest, counts and the longest permitted values."""
_ECHOED_BYTES: Final = 100
"""An upper bound of the JSON of whatever is echoed: an id and an offset at most. A batch of nothing else fits into one part."""


Item = WindowState | UniquePoint


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


def pack(link: Link, states: Sequence[WindowState], points: Sequence[UniquePoint], echo: Echo) -> list[UsageAggregated]:
    """The parts, in order. The echo stands in the last one: a marker must never be seen before the states in front of it."""
    chunks = _chunks([*states, *points], _bytes_of(echo))
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
            states=tuple(item for item in chunk if isinstance(item, WindowState)),
            points=tuple(item for item in chunk if isinstance(item, UniquePoint)),
        )
        for number, chunk in enumerate(chunks, start=1)
    ]


def _chunks(items: Sequence[Item], echo_bytes: int) -> list[list[Item]]:
    """The items, divided so that the echo fits behind those of the last part."""
    chunks: list[list[Item]] = []
    chunk: list[Item] = []
    size = 0
    for item in items:
        bound = _ITEM_BYTES + _text_bytes(item.customer_id)
        if item.group:
            bound += sum(_text_bytes(name) + _text_bytes(value) for name, value in item.group.items())
        if chunk and (len(chunk) == ITEMS_MAX or size + bound > BYTES_MAX):
            chunks.append(chunk)
            chunk, size = [], 0
        chunk.append(item)
        size += bound
    if chunk and size + echo_bytes > BYTES_MAX:
        chunks.append(chunk)
        chunk = []
    return [*chunks, chunk]


def _text_bytes(text: str) -> int:
    # Quotes and a separator, and six bytes for a character, which is what a control character takes: no text makes the bound too small.
    return 4 + 6 * len(text)


def _bytes_of(echo: Echo) -> int:
    return _ECHOED_BYTES * (len(echo.markers) + len(echo.positions) + len(echo.quarantined) + len(echo.released))
