"""What is shown: endpoints with their health, and the log from facts to attempts. One snapshot for each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from usageflow_common.civil import Span
from usageflow_common.clock import instant_text
from usageflow_common.database import reading
from usageflow_common.errors import InvalidCursor, NotFound
from usageflow_common.wire import PageRequest, parse_instant
from usageflow_webhooks.domain.endpoints import HEALTH_SPAN
from usageflow_webhooks.schemas import delivery_body, dispatch_body, endpoint_body, event_body
from usageflow_webhooks.service.context import Webhooks
from usageflow_webhooks.store import analytics, deliveries, endpoints, events, queue
from usageflow_webhooks.store.analytics import Fared

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of which list. The cursor is bound to both the list and `filters`, the request's own."""

    items: str
    limit: int
    cursor: str | None
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bound(self) -> Mapping[str, Any]:
        """What a cursor must have been made for: that of another list has another key in it."""
        return {"list": f"webhooks.{self.items}", **self.filters}


async def get_endpoint(parts: Webhooks, org_id: UUID, endpoint_id: UUID) -> tuple[Page, int]:
    """One endpoint and its version."""
    since = parts.clock.wall() - HEALTH_SPAN
    async with reading(parts.engine, org_id, "REPEATABLE READ") as tx:
        endpoint = await endpoints.get_endpoint(tx, org_id, endpoint_id)
        if endpoint is None or endpoint.deleted_at is not None:
            raise NotFound
        health = await endpoints.read_health(tx, org_id, [endpoint_id], since)
    return endpoint_body(endpoint, health[endpoint_id]), endpoint.version


async def count_deliveries(
    parts: Webhooks, org_id: UUID, windows: Sequence[Span], endpoint_id: UUID | None
) -> list[Fared]:
    """Attempts by window. NotFound for an endpoint that is not there; a deleted one has its past."""
    async with reading(parts.engine, org_id, "REPEATABLE READ") as tx:
        if endpoint_id is not None and await endpoints.get_endpoint(tx, org_id, endpoint_id) is None:
            raise NotFound
        return await analytics.count_deliveries(tx, org_id, windows, endpoint_id)


async def list_endpoints(parts: Webhooks, org_id: UUID, wanted: Wanted) -> Page:
    """Newest first."""
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.bound)
    since = parts.clock.wall() - HEALTH_SPAN
    async with reading(parts.engine, org_id, "REPEATABLE READ") as tx:
        rows = await endpoints.list_endpoints(tx, org_id, _after(page), wanted.limit)
        health = await endpoints.read_health(tx, org_id, [row.endpoint_id for row in rows], since)
    last = (instant_text(rows[-1].created_at), str(rows[-1].endpoint_id)) if rows else None
    data = [endpoint_body(row, health[row.endpoint_id]) for row in rows]
    return {"data": data, "nextCursor": parts.cursors.next(rows, page, last, wanted.bound)}


async def get_event(parts: Webhooks, org_id: UUID, event_id: UUID) -> Page:
    """One fact."""
    async with reading(parts.engine, org_id) as tx:
        event = await events.get_event(tx, org_id, event_id)
    if event is None:
        raise NotFound
    return event_body(event)


async def list_events(
    parts: Webhooks,
    org_id: UUID,
    chosen: events.EventFilter,
    wanted: Wanted,
    *,
    ascending: bool,
) -> Page:
    """By sequence."""
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.bound)
    after = int(page.after[0]) if page.after else None
    async with reading(parts.engine, org_id) as tx:
        rows = await events.list_events(tx, org_id, chosen, after, wanted.limit, ascending=ascending)
    last = (str(rows[-1].sequence),) if rows else None
    data = [event_body(row) for row in rows]
    return {"data": data, "nextCursor": parts.cursors.next(rows, page, last, wanted.bound)}


async def get_dispatch(parts: Webhooks, org_id: UUID, dispatch_id: UUID) -> Page:
    """One dispatch."""
    async with reading(parts.engine, org_id) as tx:
        dispatch = await queue.get_dispatch(tx, org_id, dispatch_id)
    if dispatch is None:
        raise NotFound
    return dispatch_body(dispatch)


async def list_dispatches(
    parts: Webhooks,
    org_id: UUID,
    chosen: queue.DispatchFilter,
    wanted: Wanted,
) -> Page:
    """Newest first."""
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.bound)
    async with reading(parts.engine, org_id) as tx:
        rows = await queue.list_dispatches(tx, org_id, chosen, _after(page), wanted.limit)
    last = (instant_text(rows[-1].created_at), str(rows[-1].dispatch_id)) if rows else None
    data = [dispatch_body(row) for row in rows]
    return {"data": data, "nextCursor": parts.cursors.next(rows, page, last, wanted.bound)}


async def get_delivery(parts: Webhooks, org_id: UUID, delivery_id: UUID) -> Page:
    """One attempt, with its bodies."""
    async with reading(parts.engine, org_id) as tx:
        delivery = await deliveries.get_delivery(tx, org_id, delivery_id)
    if delivery is None:
        raise NotFound
    return delivery_body(delivery)


async def list_deliveries(
    parts: Webhooks,
    org_id: UUID,
    chosen: deliveries.DeliveryFilter,
    wanted: Wanted,
) -> Page:
    """Newest first, without bodies."""
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.bound)
    async with reading(parts.engine, org_id) as tx:
        rows = await deliveries.list_deliveries(tx, org_id, chosen, _after(page), wanted.limit)
    last = (instant_text(rows[-1].created_at), str(rows[-1].delivery_id)) if rows else None
    data = [delivery_body(row) for row in rows]
    return {"data": data, "nextCursor": parts.cursors.next(rows, page, last, wanted.bound)}


def _after(page: PageRequest) -> tuple[datetime, UUID] | None:
    if page.after is None:
        return None
    created_at = parse_instant(page.after[0])
    if created_at is None:
        raise InvalidCursor("The cursor is not one of ours.")
    return created_at, UUID(page.after[1])
