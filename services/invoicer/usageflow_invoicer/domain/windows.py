"""States of windows as they arrive: absolute, ordered by (generation, version), so that repeats and old ones change nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from usageflow_common.metering import group_key
from usageflow_common.records import UniquePoint, UsageAggregated, WindowState


class Stated(NamedTuple):
    """The state of a window of one customer, metric and group, and the generation of the record that brought it."""

    generation: int
    group_key: str
    state: WindowState


class Pointed(NamedTuple):
    """A distinct value in a window, and the generation of the record that brought it."""

    generation: int
    group_key: str
    point: UniquePoint


_Key: TypeAlias = tuple[int, int, str, object, str]


def newest_states(records: Iterable[UsageAggregated]) -> list[Stated]:
    """The newest state of each window that the records name; once each."""
    newest: dict[_Key, Stated] = {}
    for record in records:
        generation = record.generation
        for state in record.states:
            group = group_key(state.group)
            key = _key(state, group)
            known = newest.get(key)
            if known is None or (known.generation, known.state.version) < (generation, state.version):
                newest[key] = Stated(generation, group, state)
    return list(newest.values())


def newest_points(records: Iterable[UsageAggregated]) -> list[Pointed]:
    """The newest of each distinct value that the records name; once each."""
    newest: dict[tuple[_Key, str], Pointed] = {}
    for record in records:
        generation = record.generation
        for point in record.points:
            group = group_key(point.group)
            key = (_key(point, group), point.value_hash)
            known = newest.get(key)
            if known is None or (known.generation, known.point.version) < (generation, point.version):
                newest[key] = Pointed(generation, group, point)
    return list(newest.values())


def _key(state: WindowState | UniquePoint, group: str) -> _Key:
    # Of the ids their integers: hashing a UUID is a call into Python, and there are thousands of states in a batch.
    return state.org_id.int, state.metric_id.int, state.customer_id, state.window_start_at, group
