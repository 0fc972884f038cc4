"""Metrics: made, renamed, archived and read. A 2xx promises that Kafka, and so every service, has the metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, constraint_of, reading, transaction
from usageflow_common.errors import Conflict, FieldError, NotFound, PreconditionFailed, StateConflict, ValidationFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.kafka import Outgoing
from usageflow_common.operations import Answer, Change, claim, finish
from usageflow_common.records import MetricFilter
from usageflow_common.tokens import Caller
from usageflow_common.topics import METRICS_CHANGED, encode, tenant_key
from usageflow_ingest.domain.metrics import (
    ACTIVE_METRICS_MAX,
    METADATA_KEYS_MAX,
    AlreadySo,
    Metric,
    active_from,
    change_status,
    merge_metadata,
)
from usageflow_ingest.schemas import MetricPatch, MetricView
from usageflow_ingest.store import metrics as store


@dataclass(frozen=True, slots=True)
class Definition:
    """What a caller says of a new metric."""

    code: str
    name: str
    description: str | None
    unit: str | None
    event_name: str
    aggregation: str
    value_property: str | None
    filters: tuple[MetricFilter, ...]
    group_by: tuple[str, ...]
    metadata: Mapping[str, str]


class Metrics:
    """The use cases around metrics."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def create(self, caller: Caller, definition: Definition) -> Answer:
        """Make a metric. Conflict when the code is taken; Unavailable when Kafka did not take its record in time."""
        try:
            async with transaction(self._engine) as tx:
                answer = await claim(tx, caller) or await self._insert(tx, caller, definition)
        except IntegrityError as error:
            if constraint_of(error) != "uq_metrics_org_id_code":
                raise
            taken = FieldError("/code", "duplicate", "Another metric has this code")
            raise Conflict(f"There is a metric {definition.code} already.", errors=[taken]) from error
        await outbox.wait_delivered(self._engine, answer.awaits)
        return answer

    async def change_status(
        self, caller: Caller, metric_id: UUID, status: Literal["active", "archived"], expected_version: int | None
    ) -> Answer:
        """Archive a metric, or let it count again."""
        async with transaction(self._engine) as tx:
            answer = await claim(tx, caller) or await self._switch(tx, caller, metric_id, status, expected_version)
        await outbox.wait_delivered(self._engine, answer.awaits)
        return answer

    async def change_words(
        self, caller: Caller, metric_id: UUID, patch: MetricPatch, expected_version: int | None
    ) -> Answer:
        """Change what the patch names of a metric's words. A patch that changes nothing leaves the version as it is."""
        async with transaction(self._engine) as tx:
            answer = await claim(tx, caller) or await _rename(tx, caller, metric_id, patch, expected_version)
        await outbox.wait_delivered(self._engine, answer.awaits)
        return answer

    async def find(self, org_id: UUID, metric_id: UUID) -> Metric:
        """One metric; NotFound."""
        async with reading(self._engine, org_id) as tx:
            metric = await store.find_metric(tx, org_id, metric_id)
        if metric is None:
            raise NotFound
        return metric

    async def list(
        self, org_id: UUID, asked: store.MetricSearch, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Metric]:
        """A page of metrics, the newest first."""
        async with reading(self._engine, org_id) as tx:
            return await store.list_metrics(tx, org_id, asked, before, limit)

    async def _insert(self, tx: Transaction, caller: Caller, definition: Definition) -> Answer:
        # 1. Under the lock of its event name, so that exactly one metric is the first and counts at once.
        await store.hold_event_name(tx, caller.org_id, definition.event_name)
        known, active = await store.count_metrics(tx, caller.org_id, definition.event_name)
        _refuse_more_than(active, "/eventName")
        # 2. The row. Created now, not when the transaction began: it may have waited for the lock.
        created_at = self._clock.wall()
        metric = Metric(
            org_id=caller.org_id,
            metric_id=new_id(),
            code=definition.code,
            name=definition.name,
            description=definition.description,
            unit=definition.unit,
            event_name=definition.event_name,
            aggregation=definition.aggregation,
            value_property=definition.value_property,
            filters=definition.filters,
            group_by=definition.group_by,
            status="active",
            active_from=active_from(created_at, first_of_its_event=not known),
            metadata=definition.metadata,
            created_at=created_at,
            version=1,
        )
        await store.insert_metric(tx, caller.org_id, metric)
        # 3. Its record, its audit entry and the stored answer commit with it.
        return await _announce(tx, caller, metric, "metric.created", status=201)

    async def _switch(
        self,
        tx: Transaction,
        caller: Caller,
        metric_id: UUID,
        status: Literal["active", "archived"],
        expected_version: int | None,
    ) -> Answer:
        metric = await _locked(tx, caller.org_id, metric_id, expected_version)
        await store.hold_event_name(tx, caller.org_id, metric.event_name)
        known, active = await store.count_metrics(tx, caller.org_id, metric.event_name)
        changed = change_status(metric, status, self._clock.wall(), shares_its_event=known > 1)
        match changed:
            case AlreadySo():
                raise StateConflict(f"The metric is {changed.status} already.", changed.status)
            case Metric():
                if status == "active":
                    _refuse_more_than(active, "")
                await store.update_metric(tx, caller.org_id, changed)
                action = "metric.archived" if status == "archived" else "metric.unarchived"
                before, after = {"status": metric.status}, {"status": changed.status}
                return await _announce(tx, caller, changed, action, status=200, before=before, after=after)
            case _:
                assert_never(changed)


async def _rename(
    tx: Transaction, caller: Caller, metric_id: UUID, patch: MetricPatch, expected_version: int | None
) -> Answer:
    metric = await _locked(tx, caller.org_id, metric_id, expected_version)
    words: dict[str, Any] = patch.model_dump(exclude_unset=True)
    if "metadata" in words:
        words["metadata"] = merge_metadata(metric.metadata, patch.metadata)
        if words["metadata"] is None:
            raise ValidationFailed.of(FieldError("/metadata", "too_long", f"At most {METADATA_KEYS_MAX} keys together"))
    before = {name: getattr(metric, name) for name, value in words.items() if getattr(metric, name) != value}
    if not before:
        return await finish(tx, caller, Answer(200, _body(metric), etag=f'"{metric.version}"'))
    after = {name: words[name] for name in before}
    changed = replace(metric, version=metric.version + 1, **after)
    await store.update_metric(tx, caller.org_id, changed)
    return await _announce(tx, caller, changed, "metric.updated", status=200, before=before, after=after)


async def _locked(tx: Transaction, org_id: UUID, metric_id: UUID, expected_version: int | None) -> Metric:
    metric = await store.find_metric(tx, org_id, metric_id, lock=True)
    if metric is None:
        raise NotFound
    if expected_version not in {None, metric.version}:
        raise PreconditionFailed(f"The metric is at version {metric.version}.")
    return metric


def _refuse_more_than(active: int, field: str) -> None:
    if active >= ACTIVE_METRICS_MAX:
        raise ValidationFailed.of(
            FieldError(field, "out_of_range", f"At most {ACTIVE_METRICS_MAX} active metrics of one event")
        )


def _body(metric: Metric) -> dict[str, Any]:
    return MetricView.of(metric).model_dump(by_alias=True)


async def _announce(
    tx: Transaction,
    caller: Caller,
    metric: Metric,
    action: str,
    *,
    status: int,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Answer:
    """The metric's record for all services, its audit entry (of a new one: the whole metric), and the answer that waits."""
    key = tenant_key(caller.org_id, metric.metric_id)
    headers = {} if caller.request_id is None else {"request_id": caller.request_id}
    awaits = await outbox.enqueue(tx, [Outgoing(METRICS_CHANGED, key, encode(metric.record()), headers=headers)])
    body = _body(metric)
    answer = Answer(status, body, etag=f'"{metric.version}"', awaits=tuple(awaits))
    target = public_id(Prefix.METRIC, metric.metric_id)
    change = Change(action, "metric", target, before, body if after is None else after)
    return await finish(tx, caller, answer, change)
