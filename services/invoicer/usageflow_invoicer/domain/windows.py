"""States of windows as they arrive: absolute, ordered by (generation, version), so that repeats and old ones change nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from usageflow_common.metering import group_key
from usageflow_common.records import UniquePoint, UsageAggregated, WindowState


class WindowKey(NamedTuple):
    """A window of one customer, metric and group; the shard is the partition that sent it."""

    org_id: UUID
    customer_id: str
    metric_id: UUID
    window_start_at: datetime
    group_key: str


class PointKey(NamedTuple):
    """A distinct value in a window; `value_hash` is hex."""

    window: WindowKey
    value_hash: str


class Stated(NamedTuple):
    """A state and the generation of the record that brought it."""

    generation: int
    state: WindowState

    @property
    def order(self) -> tuple[int, int]:
        """Higher wins."""
        return self.generation, self.state.version


class Pointed(NamedTuple):
    """A point and the generation of the record that brought it."""

    generation: int
    point: UniquePoint

    @property
    def order(self) -> tuple[int, int]:
        """Higher wins."""
        return self.generation, self.point.version


def newest_states(records: Iterable[UsageAggregated]) -> dict[WindowKey, Stated]:
    """The newest state of each window that the records name."""
    newest: dict[WindowKey, Stated] = {}
    for record in records:
        generation = record.generation
        for state in record.states:
            key = window_key(state)
            stated = Stated(generation, state)
            known = newest.get(key)
            if known is None or known.order < stated.order:
                newest[key] = stated
    return newest


def newest_points(records: Iterable[UsageAggregated]) -> dict[PointKey, Pointed]:
    """The newest of each distinct value that the records name."""
    newest: dict[PointKey, Pointed] = {}
    for record in records:
        for point in record.points:
            key = PointKey(window_key(point), point.value_hash)
            pointed = Pointed(record.generation, point)
            known = newest.get(key)
            if known is None or known.order < pointed.order:
                newest[key] = pointed
    return newest


def window_key(state: WindowState | UniquePoint) -> WindowKey:
    """The key of a state's window."""
    return WindowKey(state.org_id, state.customer_id, state.metric_id, state.window_start_at, group_key(state.group))
