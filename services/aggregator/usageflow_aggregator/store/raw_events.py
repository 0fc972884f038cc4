"""Raw events, read again where the exact ones are asked for: those of a selection below a cut, in the order of their times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from usageflow_aggregator.domain.digest import EventCore
from usageflow_aggregator.domain.rehash import StoredColumns
from usageflow_aggregator.store import days, effective
from usageflow_aggregator.store.usage_parts import Parameters, dense
from usageflow_common.civil import Span
from usageflow_common.database import Transaction, raw
from usageflow_common.metering import group_key, other_group

EventStatus = Literal["counted", "voided", "reverted"]

_COLUMNS: Final = (
    "org_id, event_id, idempotency_key, metric, metric_ids, amount, customer_id, occurred_at, properties, salt, event_hash,"
    " received_at, partition, log_offset, backfill_id, revision"
)
_IN_ORDER: Final = "ORDER BY occurred_at, partition, log_offset"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with the values that it has after `revision` - 1 corrections. `hash`: of these values."""

    core: EventCore
    properties: Mapping[str, Any]
    salt: bytes
    hash: bytes
    received_at: datetime
    partition: int
    offset: int
    revision: int
    status: EventStatus = "counted"


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one customer that feed one metric, in a range, below a cut (partition → offset; other partitions: none).

    `group_by`: the metric's keys, ascending. `group`: values that the group of an event must have; none of the keys: any group.
    """

    metric_id: UUID
    customer_id: str
    span: Span
    cut: Mapping[int, int]
    group_by: tuple[str, ...] = ()
    group: Mapping[str, str] | None = None
    told_by: str | None = None
    """One of the keys: each event comes with its value of it."""


@dataclass(frozen=True, slots=True)
class EventPlace:
    """Where a page of events goes on: behind this one."""

    occurred_at: datetime
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Page:
    """A statement that gives a page of events in order; the organization and the metric as its parameters."""

    statement: str
    org_id: str
    metric_id: str
    parameters: Parameters


def place_of(event: StoredEvent) -> EventPlace:
    """The event's own."""
    return EventPlace(event.core.occurred_at, event.partition, event.offset)


async def page_events(
    tx: Transaction, org_id: UUID, selection: Selection, after: EventPlace | None, limit: int
) -> list[StoredEvent]:
    """Events of a selection in the order of their times, behind `after`."""
    page = await _page(tx, org_id, selection, after, limit)
    if page is None:
        return []
    connection = await raw(tx)
    rows = await connection.fetch(page.statement, *page.parameters.values)
    return [stored_event(row) for row in rows]


async def _page(
    tx: Transaction, org_id: UUID, selection: Selection, after: EventPlace | None, limit: int
) -> _Page | None:
    place = after or EventPlace(selection.span.start_at, -1, -1)
    if place.occurred_at >= selection.span.end_at:
        return None
    parameters = Parameters()
    cut = effective.Cut(parameters.add(dense(selection.cut), "bigint[]"))
    org, customer = parameters.add(org_id, "uuid"), parameters.add(selection.customer_id, "text")
    metric = parameters.add(selection.metric_id, "uuid")
    instant = parameters.add(place.occurred_at, "timestamptz")
    end = parameters.add(selection.span.end_at, "timestamptz")
    behind = f"{parameters.add(place.partition, 'integer')}, {parameters.add(place.offset, 'bigint')}"
    where = (
        f"org_id = {org} AND customer_id = {customer} AND occurred_at >= {instant} AND occurred_at < {end}"
        f" AND metric_ids @> ARRAY[{metric}] AND (occurred_at, partition, log_offset) > ({instant}, {behind})"
        f"{_of_group(selection, org, metric, parameters)}"
    )
    most = parameters.add(limit, "integer")
    span = Span(place.occurred_at, selection.span.end_at)
    of_days = parameters.add(await days.days_of(tx, org_id, span, (selection.customer_id,)), "date[]")
    # Each half is read in the order of its index, and no further than the page.
    halves = "\nUNION ALL\n".join(
        f"(SELECT {_COLUMNS} FROM {half} AS event WHERE {where} {_IN_ORDER} LIMIT {most})"
        for half in (effective.untouched_events(cut, days=of_days), effective.amended_events(cut, days=of_days))
    )
    return _Page(f"SELECT * FROM ({halves}) AS event {_IN_ORDER} LIMIT {most}", org, metric, parameters)


async def page_columns(
    tx: Transaction, org_id: UUID, selection: Selection, after: EventPlace | None, limit: int
) -> list[StoredColumns]:
    """The same events as they are hashed."""
    page = await _page(tx, org_id, selection, after, limit)
    if page is None:
        return []
    told = "NULL::text"
    if selection.told_by is not None:
        placed = _placed(selection, page.org_id, page.metric_id, page.parameters)
        told = f"({placed})::jsonb ->> {page.parameters.text(selection.told_by)}"
    connection = await raw(tx)
    rows: list[Any] = await connection.fetch(
        "SELECT occurred_at, partition, log_offset, uuid_send(event_id), idempotency_key, metric, metric_ids::text,"
        " trim_scale(amount)::text, customer_id, properties::text, salt, backfill_id,"
        f" {told} FROM ({page.statement}) AS event {_IN_ORDER}",
        *page.parameters.values,
    )
    return rows


def place_of_columns(event: StoredColumns) -> EventPlace:
    """The event's own."""
    at, partition, offset, *_ = event
    return EventPlace(at, partition, offset)


def stored_event(row: asyncpg.Record, status: EventStatus = "counted") -> StoredEvent:
    """Of a row with the columns of effective.effective_events."""
    return StoredEvent(
        core=event_core(row),
        properties=row["properties"],
        salt=row["salt"],
        hash=row["event_hash"],
        received_at=row["received_at"],
        partition=row["partition"],
        offset=row["log_offset"],
        revision=row["revision"],
        status=status,
    )


def event_core(row: asyncpg.Record) -> EventCore:
    """Of a row with these columns, as it was counted or as it is now."""
    return EventCore(
        org_id=row["org_id"],
        event_id=row["event_id"],
        idempotency_key=row["idempotency_key"],
        metric=row["metric"],
        metric_ids=tuple(row["metric_ids"]),
        amount=row["amount"],
        customer_id=row["customer_id"],
        occurred_at=row["occurred_at"],
        backfill_id=row["backfill_id"],
    )


def _of_group(selection: Selection, org_id: str, metric_id: str, parameters: Parameters) -> str:
    if not selection.group:
        return ""
    placed = _placed(selection, org_id, metric_id, parameters)
    return "".join(
        f" AND (({placed})::jsonb ->> {parameters.text(key)}) = {parameters.text(value)}"
        for key, value in selection.group.items()
    )


def _placed(selection: Selection, org_id: str, metric_id: str, parameters: Parameters) -> str:
    """The group that an event is counted under."""
    return effective.admitted_group_key(
        effective.group_key("properties", [parameters.text(key) for key in selection.group_by]),
        org_id=org_id,
        metric_id=metric_id,
        customer_id="event.customer_id",
        shard="event.partition",
        other=parameters.text(group_key(other_group(selection.group_by))),
    )
