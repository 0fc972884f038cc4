"""The metrics as metrics.changed tells them, indexed by what the aggregator looks up: ids when it counts, codes when it is asked."""

from __future__ import annotations

from uuid import UUID

from usageflow_aggregator.domain.definition import Definition, UnknownAggregation, definition_of
from usageflow_common.records import MetricRecord


class MetricBook:
    """Filled by a catalog (`take` is its `on_change`); look-ups are plain dictionary reads."""

    def __init__(self) -> None:
        # Keys are the ids' integers: hashing and comparing UUIDs costs ten times as much, and counting asks for every event.
        self._by_id: dict[tuple[int, int], MetricRecord] = {}
        self._by_code: dict[tuple[int, str], MetricRecord] = {}
        self._definitions: dict[tuple[int, int], Definition | UnknownAggregation] = {}

    def take(self, metric: MetricRecord) -> None:
        """Learn a metric, or a later version of it. Only its name and status can differ: what it counts never changes."""
        key = (metric.org_id.int, metric.metric_id.int)
        self._by_id[key] = metric
        self._by_code[metric.org_id.int, metric.code] = metric
        self._definitions[key] = definition_of(metric)

    def metric(self, org_id: UUID, metric_id: UUID) -> MetricRecord | None:
        """By id."""
        return self._by_id.get((org_id.int, metric_id.int))

    def metrics_of(self, org_id: UUID) -> list[MetricRecord]:
        """All of an organization, archived ones too."""
        return [metric for (org, _), metric in self._by_id.items() if org == org_id.int]

    def metric_of_code(self, org_id: UUID, code: str) -> MetricRecord | None:
        """By the code that the tenant uses."""
        return self._by_code.get((org_id.int, code))

    def definition(self, org_id: UUID, metric_id: UUID) -> Definition | UnknownAggregation | None:
        """What the metric takes from events; None when it is unknown here."""
        return self._definitions.get((org_id.int, metric_id.int))
