"""What ingest knows without asking a database: metrics, organizations and test clocks, followed from their topics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from usageflow_common.catalog import Catalog
from usageflow_common.errors import Unauthenticated, Unavailable
from usageflow_common.kafka import Bus
from usageflow_common.records import ClockRecord, MetricRecord, OrganizationRecord
from usageflow_common.topics import CLOCKS_CHANGED, METRICS_CHANGED, ORGANIZATIONS_CHANGED, tenant_key
from usageflow_ingest.domain.metrics import CATALOG_AGE_SECONDS_MAX


class Catalogs:
    """Three catalogs and the index that the hot path looks at."""

    def __init__(self, bus: Bus) -> None:
        self._metrics_by_event: defaultdict[tuple[UUID, str], dict[UUID, MetricRecord]] = defaultdict(dict)
        self.metrics = Catalog(bus, METRICS_CHANGED, MetricRecord, on_change=self._index)
        self.organizations = Catalog(bus, ORGANIZATIONS_CHANGED, OrganizationRecord)
        self.clocks = Catalog(bus, CLOCKS_CHANGED, ClockRecord)

    def metrics_of(self, org_id: UUID, event_name: str) -> Sequence[MetricRecord]:
        """All metrics that name this event, archived ones too."""
        known = self._metrics_by_event.get((org_id, event_name))
        return tuple(known.values()) if known else ()

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
        self._metrics_by_event[record.org_id, record.event_name][record.metric_id] = record
