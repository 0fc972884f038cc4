"""Which usage events of a batch are new, which are repetitions, and which contradict what was counted under their key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usageflow_aggregator.domain.reading import EventKey, Usage


@dataclass(frozen=True, slots=True)
class Settlement:
    """Every usage event of the batch, once."""

    fresh: tuple[Usage, ...]
    duplicates: int
    conflicts: tuple[Usage, ...]


def candidates(usages: Sequence[Usage]) -> list[Usage]:
    """The first event of each key, in the order of keys: two workers that meet on the same keys lock them in one order."""
    first: dict[EventKey, Usage] = {}
    for usage in usages:
        first.setdefault(usage.key, usage)
    return [first[key] for key in sorted(first)]


def settle(usages: Sequence[Usage], claimed: frozenset[int], known: Mapping[EventKey, bytes]) -> Settlement:
    """Judge each event by its key. `claimed`: offsets whose key is new; `known`: payload hashes of the keys that were there.

    Raises LookupError when a key is neither: then nothing may be counted.
    """
    payload_of: dict[EventKey, bytes] = dict(known)
    fresh: list[Usage] = []
    conflicts: list[Usage] = []
    duplicates = 0
    for usage in usages:
        if usage.offset in claimed:
            fresh.append(usage)
            payload_of[usage.key] = usage.payload_hash
        elif payload_of[usage.key] == usage.payload_hash:
            duplicates += 1
        else:
            conflicts.append(usage)
    return Settlement(tuple(fresh), duplicates, tuple(conflicts))
