"""Which records of usage.aggregated may be applied: each partition's records form a chain, `from` → `next`, that has no holes.

A record is applied only where it begins at what was applied before, all its parts together. One that ends there or earlier is a
duplicate. One that begins elsewhere proves that something is missing: nothing behind it may be applied, until a whole shard of a
higher generation comes along, which replaces everything. A shard is applied part by part, over any time and any crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from usageflow_common.records import UsageAggregated


@dataclass(frozen=True, slots=True)
class Coming:
    """A republished shard whose parts are applied up to this one, but not its last one."""

    generation: int
    part: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a partition of events.raw was applied, and of which generation its records must be."""

    generation: int
    applied: int
    coming: Coming | None = None


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
    """What to do with a batch: `records` to apply in order (all parts of each), then be at `standing` and read on at `position`.

    `position` lies before the first part of a record whose last part is still to come. `stop` concerns the record at `position`.
    `replaces`: the last part of a republished shard of this generation is among the records, so lower rows go.
    """

    records: tuple[UsageAggregated, ...]
    standing: Standing
    position: int
    stop: Stop | None = None
    replaces: int | None = None


@dataclass(slots=True)
class _Walk:
    standing: Standing
    position: int
    chosen: list[UsageAggregated] = field(default_factory=list)
    parts: dict[int, UsageAggregated] = field(default_factory=dict)
    """Of the record that is being collected; a relay may repeat some of them."""
    replaces: int | None = None

    def plan(self, stop: Stop | None = None) -> Plan:
        return Plan(tuple(self.chosen), self.standing, self.position, stop, self.replaces)


def plan_batch(standing: Standing, batch: Sequence[Read], asked: int) -> Plan:
    """Walk along the chain as far as the batch goes."""
    walk, gap = _Walk(standing, asked), None
    for read in batch:
        record = read.record
        if isinstance(record, NotReadable):
            if gap is None:
                return walk.plan(record)
            continue  # whatever it says, only a whole shard helps now
        if gap is not None and not _begins_shard(walk.standing, record):
            continue
        verdict = _judge(walk.standing, walk.parts, record)
        if isinstance(verdict, Gap):
            # The parts collected so far are of no use alone: they are read again with the record that stops us.
            walk.parts, gap = {}, verdict
        elif verdict is None:
            if not walk.parts:
                walk.position = read.offset + 1
        elif verdict.from_ is None:
            walk.parts, gap = {}, None
            _take_part_of_shard(walk, verdict)
            walk.position = read.offset + 1
        else:
            walk.parts[verdict.part] = verdict
            if len(walk.parts) == verdict.parts:
                walk.chosen.extend(walk.parts[part] for part in sorted(walk.parts))
                walk.standing = replace(walk.standing, generation=verdict.generation, applied=verdict.next)
                walk.position, walk.parts = read.offset + 1, {}
    return walk.plan(gap)


def _begins_shard(standing: Standing, record: UsageAggregated) -> bool:
    """Whether a republish begins here that nothing in front of it matters to."""
    return record.from_ is None and record.part == 1 and record.generation > _highest(standing)


def _highest(standing: Standing) -> int:
    return standing.generation if standing.coming is None else max(standing.generation, standing.coming.generation)


def _take_part_of_shard(walk: _Walk, record: UsageAggregated) -> None:
    walk.chosen.append(record)
    if record.part < record.parts:
        walk.standing = replace(walk.standing, coming=Coming(record.generation, record.part))
    else:
        walk.standing = Standing(record.generation, record.next)
        walk.replaces = record.generation


def _judge(
    standing: Standing, parts: dict[int, UsageAggregated], record: UsageAggregated
) -> UsageAggregated | Gap | None:
    """The record when it comes next, None when it is a duplicate, else what is missing."""
    if record.generation < standing.generation:
        return None  # of a timeline that was given up
    if record.from_ is None:
        return _judge_shard(standing, record)
    if record.generation == standing.generation and record.next <= standing.applied:
        # Also a record that opened this generation: it ends where it began.
        return None
    missing = _what_is_missing(standing, parts, record)
    return record if missing is None else Gap(missing)


def _what_is_missing(standing: Standing, parts: dict[int, UsageAggregated], record: UsageAggregated) -> str | None:
    applied, opens = standing.applied, record.generation > standing.generation
    if opens and standing.coming is not None:
        return f"generation {record.generation} goes on before the shard of {standing.coming.generation} is whole"
    if opens and record.opens_after != standing.generation:
        return f"generation {record.generation} beside {standing.generation}: it must be republished"
    if record.from_ != applied or (opens and record.next != applied):
        return f"applied to {applied}, next record covers {record.from_} to {record.next}"
    if any(_identity(other) != _identity(record) for other in parts.values()):
        return f"two different records begin at {applied}"
    return None


def _judge_shard(standing: Standing, record: UsageAggregated) -> UsageAggregated | Gap | None:
    if record.generation <= standing.generation:
        return None
    done = 0
    if standing.coming is not None:
        if record.generation < standing.coming.generation:
            return None  # a later republish has begun
        if record.generation == standing.coming.generation:
            done = standing.coming.part
    if record.part <= done:
        return None
    if record.part != done + 1:
        return Gap(f"the shard of generation {record.generation} is applied to part {done}, next is {record.part}")
    return record


def _identity(record: UsageAggregated) -> tuple[int, int, int]:
    return record.generation, record.next, record.parts
