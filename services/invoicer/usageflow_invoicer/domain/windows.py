"""States of windows as they arrive: absolute, ordered by (generation, version), so that repeats and old ones change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import rfc8785

from usageflow_common.records import UsageAggregated, WindowState
from usageflow_invoicer.domain.usage import NOTHING, Usage


class WindowKey(NamedTuple):
    """A window of one customer and metric; the shard is the partition that sent it. `group_key` is "" without group-by keys."""

    org_id: UUID
    customer_id: str
    metric_id: UUID
    window_start_at: datetime
    group_key: str


@dataclass(frozen=True, slots=True)
class Version:
    """A window's state and its place in the order of states."""

    generation: int
    version: int
    usage: Usage

    @property
    def order(self) -> tuple[int, int]:
        """Higher wins."""
        return self.generation, self.version


@dataclass(frozen=True, slots=True)
class WindowChange:
    """A newer state, and what it adds to every period that contains the window."""

    key: WindowKey
    version: Version
    delta: Usage


def newest_states(records: Iterable[UsageAggregated]) -> dict[WindowKey, Version]:
    """The newest state of each window that the records name, in the order of keys (so that writers lock rows in one order)."""
    newest: dict[WindowKey, Version] = {}
    for record in records:
        for state in record.states:
            key, version = window_key(state), _version(record.generation, state)
            if key not in newest or newest[key].order < version.order:
                newest[key] = version
    return dict(sorted(newest.items()))


def changes(incoming: Mapping[WindowKey, Version], stored: Mapping[WindowKey, Version]) -> list[WindowChange]:
    """Those states that are newer than what is stored."""
    result = []
    for key, version in incoming.items():
        old = stored.get(key)
        if old is None or old.order < version.order:
            result.append(WindowChange(key, version, version.usage.minus(old.usage if old else NOTHING)))
    return result


def window_key(state: WindowState) -> WindowKey:
    """The key of a state's window."""
    group = rfc8785.dumps(state.group).decode() if state.group else ""
    return WindowKey(state.org_id, state.customer_id, state.metric_id, state.window_start_at, group)


def _version(generation: int, state: WindowState) -> Version:
    total = Decimal(state.state.get("sum", "0"))
    return Version(generation, state.version, Usage(state.event_count, total, int(state.digest, 16)))
