"""From new events and further effects to rows: groups, windows and points of one shard, and how they are told to the invoicer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from usageflow_aggregator.domain.definition import NO_GROUP
from usageflow_aggregator.domain.digest import digest_text
from usageflow_aggregator.domain.fold import Change, PointChange, WindowKey
from usageflow_aggregator.store import points, windows
from usageflow_aggregator.store.points import Point, PointKey
from usageflow_aggregator.store.windows import Window
from usageflow_common.database import Transaction
from usageflow_common.kafka import Outgoing
from usageflow_common.metering import encode_state
from usageflow_common.records import UniquePoint, UsageAggregated, WindowState
from usageflow_common.topics import USAGE_AGGREGATED, encode


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows that a batch changed, as they are at its end."""

    windows: dict[WindowKey, Window]
    points: dict[PointKey, Point]


async def fold_changes(tx: Transaction, shard: int, generation: int, changes: Mapping[WindowKey, Change]) -> Folded:
    """Bring windows and points up to date."""
    if not changes:
        return Folded({}, {})
    rows = await windows.fold_windows(tx, shard, generation, list(changes.values()))
    moved = await points.fold_points(tx, shard, generation, _point_changes(changes.values()))
    return Folded({window.key: window for window in rows}, {(point.key, point.value_hash): point for point in moved})


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


def _group(key: WindowKey) -> dict[str, str]:
    return {} if key.group_key == NO_GROUP else msgspec.json.decode(key.group_key, type=dict[str, str])


def _point_changes(changes: Iterable[Change]) -> Sequence[tuple[PointKey, PointChange]]:
    return [
        ((change.key, value_hash), point) for change in changes for value_hash, point in sorted(change.points.items())
    ]
