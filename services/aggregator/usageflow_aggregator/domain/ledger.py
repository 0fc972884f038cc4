"""Which usage events of a batch are new, which are repetitions, and which contradict what was counted under their key. Pure.

A void takes part: where nothing was counted under its key, it takes the key itself (a tombstone), and the event will not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from usageflow_aggregator.domain.reading import Correction, EventKey, Usage
from usageflow_common.records import VoidEvent


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger says of a key that was there: what was counted under it, and where it stands. A tombstone: nothing was."""

    payload_hash: bytes
    partition: int
    offset: int
    day: date
    is_tombstone: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """The first record of each key that may take it: an event, or a void."""

    usages: tuple[Usage, ...]
    voids: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """Every usage event of the batch, once."""

    fresh: tuple[Usage, ...]
    duplicates: tuple[Usage, ...]
    conflicts: tuple[Usage, ...]


def candidates(usages: Sequence[Usage], corrections: Iterable[Correction] = ()) -> Claims:
    """The first event or void of each key, in the order of the log."""
    first: dict[EventKey, Usage] = {}
    for usage in usages:
        first.setdefault(usage.key, usage)
    voids: dict[EventKey, Correction] = {}
    for correction in corrections:
        if isinstance(correction.record, VoidEvent):
            usage_of_key = first.get(correction.key)
            if usage_of_key is None or usage_of_key.offset > correction.offset:
                voids.setdefault(correction.key, correction)
    for key in voids:
        first.pop(key, None)
    return Claims(tuple(first.values()), tuple(voids.values()))


def settle(
    usages: Sequence[Usage],
    claimed: frozenset[int],
    known: Mapping[EventKey, Known],
    tombstones: frozenset[EventKey] = frozenset(),
) -> Settlement:
    """Judge each event by its key. `claimed`: offsets whose key is new; `known`: the keys that were there; `tombstones`: taken by a void.

    Raises LookupError when a key is none of these: then nothing may be counted.
    """
    payload_of: dict[EventKey, bytes | None] = {
        key: None if there.is_tombstone else there.payload_hash for key, there in known.items()
    }
    payload_of.update(dict.fromkeys(tombstones))
    fresh: list[Usage] = []
    conflicts: list[Usage] = []
    duplicates: list[Usage] = []
    for usage in usages:
        if usage.offset in claimed:
            fresh.append(usage)
            payload_of[usage.key] = usage.payload_hash
            continue
        counted_with = payload_of[usage.key]
        if counted_with is None or counted_with == usage.payload_hash:
            duplicates.append(usage)
        else:
            conflicts.append(usage)
    return Settlement(tuple(fresh), tuple(duplicates), tuple(conflicts))
