"""Organizations, metrics and test clocks, as the services that own them last said: followed in memory, read to the end before anything is refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from usageflow_common.catalog import Catalog
from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus
from usageflow_common.records import ClockRecord, MetricRecord, OrganizationRecord
from usageflow_common.topics import CLOCKS_CHANGED, METRICS_CHANGED, ORGANIZATIONS_CHANGED

_STALE: Final = timedelta(seconds=30)


class Organizations:
    """Settings of organizations."""

    def __init__(self, bus: Bus) -> None:
        self.catalog = Catalog(bus, ORGANIZATIONS_CHANGED, OrganizationRecord)

    async def get(self, org_id: UUID) -> OrganizationRecord:
        """Unavailable for one that nobody announced: a caller's organization exists, so we are behind."""
        found = self.find(org_id)
        if found is None:
            await self.catalog.read_to_end()
            found = self.find(org_id)
        if found is None:
            raise Unavailable("The organization is not known here yet.")
        return found

    def find(self, org_id: UUID) -> OrganizationRecord | None:
        """What is in memory."""
        return self.catalog.records.get(str(org_id))

    @property
    def fresh(self) -> bool:
        """Whether billing may rely on what is in memory: a longer grace or a deletion must not be missed."""
        return self.catalog.age_seconds < _STALE.total_seconds()


class Metrics:
    """Metrics by their codes."""

    def __init__(self, bus: Bus) -> None:
        self._by_code: dict[tuple[UUID, str], MetricRecord] = {}
        self.catalog = Catalog(bus, METRICS_CHANGED, MetricRecord, on_change=self._index)

    async def find(self, org_id: UUID, codes: Iterable[str]) -> dict[str, MetricRecord]:
        """Those that exist."""
        wanted = set(codes)
        if any((org_id, code) not in self._by_code for code in wanted):
            await self.catalog.read_to_end()
        return {code: self._by_code[org_id, code] for code in wanted if (org_id, code) in self._by_code}

    def by_id(self, org_id: UUID) -> dict[UUID, MetricRecord]:
        """All of an organization that are known."""
        return {metric.metric_id: metric for (owner, _), metric in self._by_code.items() if owner == org_id}

    def _index(self, metric: MetricRecord) -> None:
        self._by_code[metric.org_id, metric.code] = metric


class Clocks:
    """How far the test clocks of organizations are from wall time."""

    def __init__(self, bus: Bus) -> None:
        self.catalog = Catalog(bus, CLOCKS_CHANGED, ClockRecord)

    def offset_of(self, org_id: UUID) -> timedelta:
        """Zero for live organizations."""
        record = self.catalog.records.get(str(org_id))
        return timedelta() if record is None else timedelta(microseconds=record.offset_microseconds)

    def furthest_ahead(self) -> timedelta:
        """The greatest of all offsets."""
        offsets = (record.offset_microseconds for record in self.catalog.records.values())
        return timedelta(microseconds=max(offsets, default=0))
