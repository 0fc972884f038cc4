"""A metric, when it begins to count, its two states, and the words around it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from usageflow_common.records import MetricFilter, MetricRecord

CATALOG_AGE_SECONDS_MAX: Final = 30
"""Ingest refuses to decide by a catalog older than this."""

ACTIVATION_DELAY: Final = timedelta(seconds=2 * CATALOG_AGE_SECONDS_MAX)
"""Long enough that every process that still accepts events has read of the metric before it counts."""

ACTIVE_METRICS_MAX: Final = 50
"""Of one event name: each event carries the ids of all that it feeds."""

METADATA_KEYS_MAX: Final = 50


def active_from(created_at: datetime, *, first_of_its_event: bool) -> datetime:
    """At once for the first metric of an event name: whoever does not know the name reads on before it refuses.

    For a further one nothing would tell a stale catalog, so it counts what is received a minute later.
    """
    return created_at if first_of_its_event else created_at + ACTIVATION_DELAY


@dataclass(frozen=True, slots=True)
class Metric:
    """What is counted: its definition, which is fixed for ever, and the words and the status around it."""

    org_id: UUID
    metric_id: UUID
    code: str
    name: str
    description: str | None
    unit: str | None
    event_name: str
    aggregation: str
    value_property: str | None
    filters: tuple[MetricFilter, ...]
    group_by: tuple[str, ...]
    status: Literal["active", "archived"]
    active_from: datetime
    metadata: Mapping[str, str]
    created_at: datetime
    version: int

    def record(self) -> MetricRecord:
        """The whole metric as other services see it."""
        return MetricRecord(
            org_id=self.org_id,
            metric_id=self.metric_id,
            code=self.code,
            event_name=self.event_name,
            aggregation=self.aggregation,
            value_property=self.value_property,
            filters=self.filters,
            group_by=self.group_by,
            status=self.status,
            active_from=self.active_from,
            created_at=self.created_at,
            version=self.version,
        )


def change_status(
    metric: Metric, status: Literal["active", "archived"], now: datetime, *, shares_its_event: bool
) -> Metric | AlreadySo:
    """The metric archived, or counting again. Its history stays either way.

    One that shares its event name counts again only after the delay, like a new one: while others let its events in, nothing tells
    a stale catalog that this one counts too.
    """
    if metric.status == status:
        return AlreadySo(status)
    begins_at = metric.active_from
    if status == "active" and shares_its_event:
        begins_at = max(begins_at, now + ACTIVATION_DELAY)
    return replace(metric, status=status, active_from=begins_at, version=metric.version + 1)


def merge_metadata(metadata: Mapping[str, str], patch: Mapping[str, str | None] | None) -> dict[str, str] | None:
    """What a merge patch (RFC 7396) makes of it: null removes a key, or all of them. None when there are too many keys then."""
    merged: dict[str, str] = {}
    if patch is not None:
        merged = {key: value for key, value in {**metadata, **patch}.items() if value is not None}
    return merged if len(merged) <= METADATA_KEYS_MAX else None


@dataclass(frozen=True, slots=True)
class AlreadySo:
    """The metric has this status already."""

    status: str
