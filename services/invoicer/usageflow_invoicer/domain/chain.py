"""Which records of usage.aggregated may be applied: each partition's records form a chain, `from` → `next`, that has no holes.

A record is applied only where it begins at what was applied before, all its parts together. One that ends there or earlier is a
duplicate. One that begins elsewhere proves that something is missing: nothing behind it may be applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from usageflow_common.records import UsageAggregated


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a partition of events.raw was applied, and of which generation its records must be."""

    generation: int
    applied: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A record is missing: stop, a person must look (a republish fills it)."""

    detail: str


@dataclass(frozen=True, slots=True)
class NotReadable:
    """This version cannot read the record: wait for one that can, never skip."""

    reason: str


Stop: TypeAlias = Gap | NotReadable


@dataclass(frozen=True, slots=True)
class Read:
    """A record and its place in usage.aggregated."""

    offset: int
    record: UsageAggregated | NotReadable


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a batch: `records` to apply in order (all parts of each), then stand at `applied` and read on at `position`.

    `position` lies before the first part of a record whose last part is still to come. `stop` concerns the record at `position`.
    """

    records: tuple[UsageAggregated, ...]
    applied: int
    position: int
    stop: Stop | None


def plan_batch(standing: Standing, batch: Sequence[Read], asked: int) -> Plan:
    """Walk along the chain as far as the batch goes."""
    applied, position = standing.applied, asked
    chosen: list[UsageAggregated] = []
    parts: dict[int, UsageAggregated] = {}  # of the record that is being collected; a relay may repeat some of them
    for read in batch:
        if isinstance(read.record, NotReadable):
            return Plan(tuple(chosen), applied, position, read.record)
        verdict = _judge(standing.generation, applied, parts, read.record)
        if verdict is None:
            if not parts:
                position = read.offset + 1
            continue
        if isinstance(verdict, Gap):
            # The parts collected so far are of no use alone: they are read again with the record that stops us.
            return Plan(tuple(chosen), applied, position, verdict)
        parts[verdict.part] = verdict
        if len(parts) == verdict.parts:
            chosen.extend(parts[part] for part in sorted(parts))
            applied, position = verdict.next, read.offset + 1
            parts = {}
    return Plan(tuple(chosen), applied, position, None)


def _judge(
    generation: int, applied: int, parts: dict[int, UsageAggregated], record: UsageAggregated
) -> UsageAggregated | Gap | None:
    """The record when it comes next, None when it is a duplicate, else what is missing."""
    if record.generation < generation:
        return None  # of a timeline that was given up
    if record.generation > generation or record.from_ is None:
        return Gap(f"generation {record.generation} beside {generation}: it must be republished from its beginning")
    if record.next <= applied:
        return None
    if record.from_ != applied:
        return Gap(f"applied to {applied}, next record covers {record.from_} to {record.next}")
    if any((other.next, other.parts) != (record.next, record.parts) for other in parts.values()):
        return Gap(f"two different records begin at {applied}")
    return record
