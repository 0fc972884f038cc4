"""What the API knows of organizations, their clocks and metrics: catalogs, read to their present end before a name is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from usageflow_aggregator.metric_book import MetricBook
from usageflow_common.catalog import Catalog
from usageflow_common.clock import Clock
from usageflow_common.errors import FieldError, Unavailable, ValidationFailed
from usageflow_common.metering import AGGREGATIONS, Aggregation
from usageflow_common.records import ClockRecord, MetricRecord, OrganizationRecord
from usageflow_common.topics import tenant_key


@dataclass(frozen=True, slots=True)
class KnownMetric:
    """A metric that can be counted here."""

    record: MetricRecord
    aggregation: Aggregation


@dataclass(frozen=True, slots=True)
class Tenants:
    """`book` is filled by the catalog of metrics."""

    organizations: Catalog[OrganizationRecord]
    metrics: Catalog[MetricRecord]
    book: MetricBook
    clocks: Catalog[ClockRecord]

    async def metric_of_code(self, org_id: UUID, code: str) -> KnownMetric:
        """By the tenant's code, named in the query."""
        if self.book.metric_of_code(org_id, code) is None:
            await self.metrics.read_to_end()
        return self._known(self.book.metric_of_code(org_id, code), "query.metric")

    async def metric_of_id(self, org_id: UUID, metric_id: UUID) -> KnownMetric:
        """By id, named in the body."""
        if self.book.metric(org_id, metric_id) is None:
            await self.metrics.read_to_end()
        return self._known(self.book.metric(org_id, metric_id), "/metricId")

    async def time_zone(self, org_id: UUID) -> ZoneInfo:
        """The organization's own."""
        return ZoneInfo((await self.organization(org_id)).time_zone)

    async def organization(self, org_id: UUID) -> OrganizationRecord:
        """Unavailable while it is not known here, since nothing else may be assumed."""
        if str(org_id) not in self.organizations.records:
            await self.organizations.read_to_end()
        organization = self.organizations.records.get(str(org_id))
        if organization is None:
            raise Unavailable("The organization is not known here yet.")
        return organization

    async def now(self, organization: OrganizationRecord) -> datetime:
        """The organization's time. A test clock that was advanced a moment ago counts, so it is read to its end."""
        if organization.mode == "test":
            await self.clocks.read_to_end()
        return Clock(self._offset_of).now(organization.org_id)

    async def metrics_of_event(self, org_id: UUID, event_name: str, also: Collection[UUID]) -> list[MetricRecord]:
        """All metrics of an event name, and those with the ids `also`, as they are at this moment."""
        await self.metrics.read_to_end()
        records = self.metrics.records.values()
        return [
            metric
            for metric in records
            if metric.org_id == org_id and (metric.event_name == event_name or metric.metric_id in also)
        ]

    def active_metrics(self, org_id: UUID) -> list[KnownMetric]:
        """Those that take events now and that this version can count, by their codes."""
        records = [each for each in self.metrics.records.values() if each.org_id == org_id and each.status == "active"]
        return [
            KnownMetric(each, aggregation)
            for each in sorted(records, key=lambda metric: metric.code)
            for aggregation in AGGREGATIONS
            if aggregation == each.aggregation
        ]

    def _offset_of(self, org_id: UUID) -> timedelta:
        clock = self.clocks.records.get(tenant_key(org_id).decode())
        return timedelta() if clock is None else timedelta(microseconds=clock.offset_microseconds)

    def _known(self, metric: MetricRecord | None, field: str) -> KnownMetric:
        if metric is None:
            error = FieldError(field, "invalid_value", "There is no such metric")
            raise ValidationFailed("The metric does not exist.", code="reference_not_found", errors=[error])
        if metric.aggregation not in AGGREGATIONS:
            error = FieldError(field, "invalid_value", f"{metric.aggregation} cannot be computed here yet")
            raise ValidationFailed("The metric cannot be computed here yet.", errors=[error])
        return KnownMetric(metric, metric.aggregation)
