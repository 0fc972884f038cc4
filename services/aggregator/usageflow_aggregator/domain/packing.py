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
    """A committed batch as a link of its partition's chain: it began at `asked` and ended in front of `after`.

    One that opens its generation names the one before it, and begins where it ends. `asked` None: all that the shard has.
    """

    generation: int
    partition: int
    asked: int | None
    after: int
    opens_after: int | None = None


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
    return [record_of(link, number, len(chunks), chunk, echo) for number, chunk in enumerate(chunks, start=1)]


class Part:
    """Items that fit into one message together."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._bytes = 0

    def take(self, item: Item) -> bool:
        """Add the item; False when it belongs into the next part. The first one always fits."""
        bound = _ITEM_BYTES + _text_bytes(item.customer_id)
        if item.group:
            bound += sum(_text_bytes(name) + _text_bytes(value) for name, value in item.group.items())
        if self.items and (len(self.items) == ITEMS_MAX or not self.has_room(bound)):
            return False
        self.items.append(item)
        self._bytes += bound
        return True

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more fit."""
        return self._bytes + size <= BYTES_MAX


def record_of(link: Link, number: int, parts: int, items: Sequence[Item], echo: Echo) -> UsageAggregated:
    """Part `number` of `parts`; what is echoed stands in the last one."""
    told = echo if number == parts else Echo()
    return UsageAggregated(
        generation=link.generation,
        partition=link.partition,
        from_=link.asked,
        next=link.after,
        part=number,
        parts=parts,
        markers=told.markers,
        positions={str(p): position for p, position in told.positions},
        quarantined=told.quarantined,
        released=told.released,
        states=tuple(item for item in items if isinstance(item, WindowState)),
        points=tuple(item for item in items if isinstance(item, UniquePoint)),
        opens_after=link.opens_after,
    )


def _chunks(items: Sequence[Item], echo_bytes: int) -> list[list[Item]]:
    """The items, divided so that the echo fits behind those of the last part."""
    parts = [Part()]
    for item in items:
        if not parts[-1].take(item):
            parts.append(Part())
            parts[-1].take(item)
    if parts[-1].items and not parts[-1].has_room(echo_bytes):
        parts.append(Part())
    return [part.items for part in parts]


def _text_bytes(text: str) -> int:
    # Quotes and a separator, and six bytes for a character, which is what a control character takes: no text makes the bound too small.
    return 4 + 6 * len(text)


def _bytes_of(echo: Echo) -> int:
    return _ECHOED_BYTES * (len(echo.markers) + len(echo.positions) + len(echo.quarantined) + len(echo.released))
