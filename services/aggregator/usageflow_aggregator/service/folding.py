"""From events that come and go to rows: windows and points of one shard, and how they are told to the invoicer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec

from usageflow_aggregator.domain.correcting import UnheardMetric
from usageflow_aggregator.domain.definition import NO_GROUP, Definition, FindDefinition
from usageflow_aggregator.domain.digest import digest_text
from usageflow_aggregator.domain.fold import Change, PlaceGroup, PointChange, WindowKey, effect_of, fold
from usageflow_aggregator.domain.packing import Link
from usageflow_aggregator.domain.reading import Revert
from usageflow_aggregator.service.correcting import Plan
from usageflow_aggregator.store import peaks, points, reverting, windows
from usageflow_aggregator.store.points import Point, PointKey
from usageflow_aggregator.store.windows import Window
from usageflow_common.database import Transaction
from usageflow_common.kafka import Outgoing
from usageflow_common.metering import State, encode_state, is_invertible
from usageflow_common.records import UniquePoint, UsageAggregated, WindowState
from usageflow_common.topics import USAGE_AGGREGATED, encode

_REFOLDED: Final = 2_000
"""Windows that one statement finds again at most."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows that a batch changed, as they are at its end."""

    windows: dict[WindowKey, Window]
    points: dict[PointKey, Point]


async def fold_plan(tx: Transaction, link: Link, plan: Plan, place: PlaceGroup, find: FindDefinition) -> Folded:
    """Bring windows and points up to date. Raw events, corrections and reverts have been written: peaks are found among them."""
    shard, generation = link.partition, link.generation
    changes = fold(plan.coming, plan.effects, place)
    folded = Folded({}, {})
    if changes:
        rows = await windows.fold_windows(tx, shard, generation, list(changes.values()))
        moved = await points.fold_points(tx, shard, generation, _point_changes(changes.values()))
        folded.windows.update((window.key, window) for window in rows)
        folded.points.update(((point.key, point.value_hash), point) for point in moved)
        await reverting.add_backfill_usage(tx, shard, _backfill_changes(plan, place))
    doubtful = {key for key, change in changes.items() if _is_doubtful(change, folded.windows[key].state)}
    for revert in plan.reverts:
        doubtful |= await _take_back(tx, link, revert, folded, find)
    await _refold(tx, shard, doubtful, folded)
    return folded


def tell_windows(changed: Iterable[Window]) -> list[WindowState]:
    """Windows as usage.aggregated carries them."""
    return [
        WindowState(
            org_id=window.key.org_id,
            metric_id=window.key.metric_id,
            customer_id=window.key.customer_id,
            window_start_at=window.key.window_start_at,
            group=_group(window.key),
            version=window.version,
            state=encode_state(window.definition.aggregation, window.state),
            event_count=window.state.event_count,
            digest=digest_text(window.digest),
        )
        for window in changed
    ]


def tell_points(changed: Iterable[Point]) -> list[UniquePoint]:
    """Points as usage.aggregated carries them."""
    return [
        UniquePoint(
            org_id=point.key.org_id,
            metric_id=point.key.metric_id,
            customer_id=point.key.customer_id,
            window_start_at=point.key.window_start_at,
            group=_group(point.key),
            value_hash=point.value_hash.hex(),
            present=point.is_present,
            version=point.version,
        )
        for point in changed
    ]


def to_invoicer(record: UsageAggregated) -> Outgoing:
    """The message. One key for each partition, so the relay keeps the chain's order; explicit, since the shard is the source partition."""
    return Outgoing(
        topic=USAGE_AGGREGATED, key=str(record.partition).encode(), value=encode(record), partition=record.partition
    )


async def _take_back(
    tx: Transaction, link: Link, revert: Revert, folded: Folded, find: FindDefinition
) -> set[WindowKey]:
    """Take a backfill out; the windows of which it is not known any more what they show."""
    rows, gone = await reverting.take_back(tx, link.partition, link.generation, revert)
    folded.points.update(((point.key, point.value_hash), point) for point in gone)
    doubtful = set()
    for row in rows:
        definition = find(row.key.org_id, row.key.metric_id)
        if not isinstance(definition, Definition):
            raise UnheardMetric(f"metric {row.key.metric_id} was counted and cannot be named")
        state = State(row.event_count, row.total, row.delta_seconds)
        folded.windows[row.key] = Window(row.key, definition, row.version, state, row.digest)
        if not is_invertible(definition.aggregation) and definition.aggregation != "UNIQUE":
            doubtful.add(row.key)
    return doubtful


async def _refold(tx: Transaction, shard: int, doubtful: Iterable[WindowKey], folded: Folded) -> None:
    """Find what these windows show again, metric by metric."""
    ordered = sorted(
        doubtful, key=lambda key: (key.org_id.int, key.metric_id.int, key.customer_id, key.window_start_at)
    )
    for (org_id, _), some in groupby(ordered, key=lambda key: (key.org_id, key.metric_id)):
        keys = list(some)
        definition = folded.windows[keys[0]].definition
        # A revert may doubt all windows of a shard: in portions, each a statement of seconds.
        for start in range(0, len(keys), _REFOLDED):
            found = await peaks.refold_peaks(tx, shard, org_id, definition, keys[start : start + _REFOLDED])
            for key, peak in found.items():
                window = folded.windows[key]
                state = State(window.state.event_count, value=peak.value, at=peak.at, event_id=peak.event_id)
                folded.windows[key] = replace(window, state=state)


def _is_doubtful(change: Change, now: State) -> bool:
    """Whether the window may show a value that has left: nothing that went can be in front of what it shows."""
    went = change.went
    match change.definition.aggregation:
        case "MAX" | "MIN":
            return went.event_count > 0 and now.value == went.value
        case "LATEST":
            return went.event_count > 0 and (now.at, now.event_id) == (went.at, went.event_id)
        case _:
            return False


def _backfill_changes(plan: Plan, place: PlaceGroup) -> list[tuple[UUID, Change]]:
    """What the events of each backfill change."""
    effects = [effect_of(usage) for usage in plan.coming if usage.event.backfill_id is not None]
    effects += [effect for effect in plan.effects if effect.backfill_id is not None]
    ids = {effect.backfill_id for effect in effects if effect.backfill_id is not None}
    return [
        (backfill_id, change)
        for backfill_id in sorted(ids)
        for change in fold((), [effect for effect in effects if effect.backfill_id == backfill_id], place).values()
    ]


def _group(key: WindowKey) -> dict[str, str]:
    return {} if key.group_key == NO_GROUP else msgspec.json.decode(key.group_key, type=dict[str, str])


def _point_changes(changes: Iterable[Change]) -> Sequence[tuple[PointKey, PointChange]]:
    return [
        ((change.key, value_hash), point) for change in changes for value_hash, point in sorted(change.points.items())
    ]
