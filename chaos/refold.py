"""The windows as a plain loop over all raw events makes them: no batches, no order, no workers. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from chaos.store import StoredEvent, WindowKey
from chaos.traffic import Metric
from usageflow_common.clock import window_start
from usageflow_common.metering import EMPTY, Aggregation, State, add_event, canonical_text, group_key, group_of, numeric

_MODULUS: Final = 2**256
COLUMNS: Final = ("event_count", "digest", "total", "delta_seconds", "value", "value_at", "value_event_id")
"""What is compared of a window. A column that an aggregation does not use holds nothing, or 0."""


@dataclass(slots=True)
class Window:
    """One window of one shard."""

    state: State = EMPTY
    digest: int = 0

    def columns(self) -> dict[str, Any]:
        """As aggregated_usage keeps it."""
        state = self.state
        return {
            "event_count": state.event_count,
            "digest": Decimal(self.digest),
            "total": state.total,
            "delta_seconds": state.delta_seconds,
            "value": state.value,
            "value_at": state.at,
            "value_event_id": state.event_id,
        }


def refold(events: Iterable[StoredEvent], metrics: Mapping[UUID, Metric], digest_key: bytes) -> dict[WindowKey, Window]:
    """Fold every event into the window of each metric that it feeds."""
    windows: dict[WindowKey, Window] = {}
    for event in events:
        digest = int.from_bytes(hmac.digest(digest_key, event.hash, "sha256"), "big")
        for metric_id in event.metric_ids:
            metric = metrics[metric_id]
            aggregation: Aggregation = metric.aggregation  # type: ignore[assignment]  # the storm's own metrics name one
            group = group_key(group_of(metric.group_by, event.properties))
            place = (metric_id, event.customer_id, window_start(event.occurred_at), group, event.partition)
            window = windows.setdefault(place, Window())
            value = value_of_event(metric, event)
            window.state = add_event(aggregation, window.state, value, event.occurred_at, event.event_id)
            window.digest = (window.digest + digest) % _MODULUS
    return windows


def distinct_values(events: Iterable[StoredEvent], metrics: Mapping[UUID, Metric]) -> dict[WindowKey, int]:
    """How many distinct values each window of a UNIQUE metric has."""
    values: dict[WindowKey, set[str]] = {}
    for event in events:
        for metric_id in event.metric_ids:
            metric = metrics[metric_id]
            if metric.aggregation != "UNIQUE" or metric.value_property is None:
                continue
            group = group_key(group_of(metric.group_by, event.properties))
            place = (metric_id, event.customer_id, window_start(event.occurred_at), group, event.partition)
            values.setdefault(place, set()).add(canonical_text(event.properties.get(metric.value_property)))
    return {place: len(texts) for place, texts in values.items()}


def value_of_event(metric: Metric, event: StoredEvent) -> Decimal:
    """The amount, or the number in the metric's property."""
    if metric.value_property is None:
        return event.amount
    number = numeric(event.properties.get(metric.value_property))
    return Decimal(0) if number is None else number


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The columns that differ; nothing and 0 are one."""
    return [
        f"{name} {found[name]} instead of {expected[name]}"
        for name in COLUMNS
        if name in found and (found[name] or None) != (expected[name] or None)
    ]
