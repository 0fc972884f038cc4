"""What is shown: endpoints with their health, and the log from facts to attempts. One snapshot for each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from usageflow_common.clock import instant_text
from usageflow_common.database import transaction
from usageflow_common.errors import InvalidCursor, NotFound
from usageflow_common.wire import PageRequest, parse_instant
from usageflow_webhooks.domain.endpoints import HEALTH_SPAN, Endpoint, Health
from usageflow_webhooks.schemas import delivery_body, dispatch_body, endpoint_body, event_body
from usageflow_webhooks.service.context import Webhooks
from usageflow_webhooks.store import deliveries, endpoints, events, queue

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of a list. `filters` are the request's own, which the cursor is bound to."""

    limit: int
    cursor: str | None
    filters: Mapping[str, Any] = field(default_factory=dict)


async def get_endpoint(parts: Webhooks, org_id: UUID, endpoint_id: UUID) -> tuple[Page, int]:
    """One endpoint and its version."""
    since = parts.clock.wall() - HEALTH_SPAN
    async with transaction(parts.engine, "REPEATABLE READ", read_only=True) as tx:
        endpoint = await endpoints.get_endpoint(tx, org_id, endpoint_id)
        if endpoint is None or endpoint.deleted_at is not None:
            raise NotFound
        health = await endpoints.read_health(tx, org_id, [endpoint_id], since)
    return endpoint_body(endpoint, health[endpoint_id]), endpoint.version


async def list_endpoints(parts: Webhooks, org_id: UUID, wanted: Wanted) -> Page:
    """Newest first."""
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.filters)
    since = parts.clock.wall() - HEALTH_SPAN
    async with transaction(parts.engine, "REPEATABLE READ", read_only=True) as tx:
        rows = await endpoints.list_endpoints(tx, org_id, _after(page), wanted.limit)
        health = await endpoints.read_health(tx, org_id, [row.endpoint_id for row in rows], since)
    last = (instant_text(rows[-1].created_at), str(rows[-1].endpoint_id)) if rows else None
    data = [_shown(row, health) for row in rows]
    return {"data": data, "nextCursor": parts.cursors.next(rows, page, last, wanted.filters)}


async def get_event(parts: Webhooks, org_id: UUID, event_id: UUID) -> Page:
    """One fact."""
    async with transaction(parts.engine, read_only=True) as tx:
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
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.filters)
    after = int(page.after[0]) if page.after else None
    async with transaction(parts.engine, read_only=True) as tx:
        rows = await events.list_events(tx, org_id, chosen, after, wanted.limit, ascending=ascending)
    last = (str(rows[-1].sequence),) if rows else None
    return {
        "data": [event_body(row) for row in rows],
        "nextCursor": parts.cursors.next(rows, page, last, wanted.filters),
    }


async def get_dispatch(parts: Webhooks, org_id: UUID, dispatch_id: UUID) -> Page:
    """One dispatch."""
    async with transaction(parts.engine, read_only=True) as tx:
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
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.filters)
    async with transaction(parts.engine, read_only=True) as tx:
        rows = await queue.list_dispatches(tx, org_id, chosen, _after(page), wanted.limit)
    last = (instant_text(rows[-1].created_at), str(rows[-1].dispatch_id)) if rows else None
    return _page(parts, [dispatch_body(row) for row in rows], page, last, wanted.filters)


async def get_delivery(parts: Webhooks, org_id: UUID, delivery_id: UUID) -> Page:
    """One attempt, with its bodies."""
    async with transaction(parts.engine, read_only=True) as tx:
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
    page = parts.cursors.read(wanted.cursor, wanted.limit, wanted.filters)
    async with transaction(parts.engine, read_only=True) as tx:
        rows = await deliveries.list_deliveries(tx, org_id, chosen, _after(page), wanted.limit)
    last = (instant_text(rows[-1].created_at), str(rows[-1].delivery_id)) if rows else None
    return _page(parts, [delivery_body(row) for row in rows], page, last, wanted.filters)


def _page(
    parts: Webhooks,
    data: Sequence[Any],
    page: PageRequest,
    last: Sequence[str] | None,
    filters: Mapping[str, Any],
) -> Page:
    return {"data": data, "nextCursor": parts.cursors.next(data, page, last, filters)}


def _shown(endpoint: Endpoint, health: Mapping[UUID, Health]) -> dict[str, Any]:
    return endpoint_body(endpoint, health[endpoint.endpoint_id])


def _after(page: PageRequest) -> tuple[datetime, UUID] | None:
    if page.after is None:
        return None
    created_at = parse_instant(page.after[0])
    if created_at is None:
        raise InvalidCursor("The cursor is not one of ours.")
    return created_at, UUID(page.after[1])
