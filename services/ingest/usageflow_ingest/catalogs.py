"""What ingest knows without asking a database: metrics, organizations and test clocks, followed from their topics."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from usageflow_common.catalog import Catalog
from usageflow_common.errors import Unauthenticated, Unavailable
from usageflow_common.kafka import Bus
from usageflow_common.records import ClockRecord, MetricRecord, OrganizationRecord
from usageflow_common.topics import CLOCKS_CHANGED, METRICS_CHANGED, ORGANIZATIONS_CHANGED, tenant_key
from usageflow_ingest.domain.feeding import NO_METRICS, EventMetrics
from usageflow_ingest.domain.metrics import CATALOG_AGE_SECONDS_MAX


class Catalogs:
    """Three catalogs and the index that the hot path looks at."""

    def __init__(self, bus: Bus) -> None:
        self._records_by_event: defaultdict[tuple[UUID, str], dict[UUID, MetricRecord]] = defaultdict(dict)
        self._metrics_by_event: dict[tuple[UUID, str], EventMetrics] = {}
        self.metrics = Catalog(bus, METRICS_CHANGED, MetricRecord, on_change=self._index)
        self.organizations = Catalog(bus, ORGANIZATIONS_CHANGED, OrganizationRecord)
        self.clocks = Catalog(bus, CLOCKS_CHANGED, ClockRecord)

    def metrics_of(self, org_id: UUID, event_name: str) -> EventMetrics:
        """All metrics that name this event."""
        name = (org_id, event_name)
        prepared = self._metrics_by_event.get(name)
        if prepared is None:
            known = self._records_by_event.get(name)
            if known is None:
                return NO_METRICS
            prepared = self._metrics_by_event[name] = EventMetrics.of(known.values())
        return prepared

    async def organization(self, org_id: UUID) -> OrganizationRecord:
        """The organization of a caller. One that is unknown may be very new: Unavailable, never a guess at its settings."""
        key = tenant_key(org_id).decode()
        record = self.organizations.records.get(key)
        if record is None:
            await self.organizations.read_to_end()
            record = self.organizations.records.get(key)
        if record is None:
            raise Unavailable("The organization is not known here yet.")
        if record.status != "active":
            raise Unauthenticated
        return record

    def offset_of(self, org_id: UUID) -> timedelta:
        """How far the organization's test clock is from wall time; zero for live ones."""
        record = self.clocks.records.get(tenant_key(org_id).decode())
        return timedelta() if record is None else timedelta(microseconds=record.offset_microseconds)

    def refuse_stale(self) -> None:
        """Unavailable when a metric could have been made long ago without our having read of it."""
        if self.metrics.age_seconds > CATALOG_AGE_SECONDS_MAX:
            raise Unavailable("The metrics are not known well enough right now.")

    async def ready(self) -> bool:
        """Whether all three were read to an end, the metrics recently."""
        return self.metrics.age_seconds <= CATALOG_AGE_SECONDS_MAX and self.organizations.ready and self.clocks.ready

    def _index(self, record: MetricRecord) -> None:
        name = (record.org_id, record.event_name)
        self._records_by_event[name][record.metric_id] = record
        self._metrics_by_event.pop(name, None)  # prepared anew when the next event asks
