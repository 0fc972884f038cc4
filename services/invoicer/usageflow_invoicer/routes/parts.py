"""What the routes work with, and who may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.errors import NotFound
from usageflow_common.http import caller_with
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.tokens import Caller
from usageflow_common.wire import Cursors, PageRequest
from usageflow_invoicer.catalogs import Metrics, Organizations
from usageflow_invoicer.payment_providers import Providers
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.service.collecting import Collector
from usageflow_invoicer.service.evidence import RawEvents

R = TypeVar("R")

WAIT_SECONDS: Final = 10.0
"""How long a waiting route waits before it answers 202."""

WAIT_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Invoicer:
    """`request.state.invoicer`."""

    engine: AsyncEngine
    organizations: Organizations
    metrics: Metrics
    cursors: Cursors
    clock: Clock
    raw_events: RawEvents
    partitions: int
    providers: Providers
    collector: Collector


def _invoicer(request: Request) -> Invoicer:
    invoicer: Invoicer = request.state.invoicer
    return invoicer


Parts: TypeAlias = Annotated[Invoicer, Depends(_invoicer)]
CustomerReader: TypeAlias = Annotated[Caller, Depends(caller_with("customers:read"))]
CustomerWriter: TypeAlias = Annotated[Caller, Depends(caller_with("customers:write"))]
PlanReader: TypeAlias = Annotated[Caller, Depends(caller_with("plans:read"))]
PlanWriter: TypeAlias = Annotated[Caller, Depends(caller_with("plans:write"))]
SubscriptionReader: TypeAlias = Annotated[Caller, Depends(caller_with("subscriptions:read"))]
SubscriptionWriter: TypeAlias = Annotated[Caller, Depends(caller_with("subscriptions:write"))]
InvoiceReader: TypeAlias = Annotated[Caller, Depends(caller_with("invoices:read"))]
InvoiceWriter: TypeAlias = Annotated[Caller, Depends(caller_with("invoices:write"))]
CustomerUsageReader: TypeAlias = Annotated[Caller, Depends(caller_with("customers:read", "usage:read"))]
CustomerInvoiceReader: TypeAlias = Annotated[Caller, Depends(caller_with("customers:read", "invoices:read"))]
PlanUsageReader: TypeAlias = Annotated[Caller, Depends(caller_with("plans:read", "usage:read"))]
UsageInvoiceReader: TypeAlias = Annotated[Caller, Depends(caller_with("usage:read", "invoices:read"))]
EventReader: TypeAlias = Annotated[Caller, Depends(caller_with("invoices:read", "events:read"))]


def id_in_path(prefix: Prefix, text: str) -> UUID:
    """The id that a path names; NotFound when it is malformed or of another kind."""
    found = parse_public_id(prefix, text)
    if found is None:
        raise NotFound
    return found


def page_of(parts: Invoicer, query: ListQuery) -> tuple[PageRequest, dict[str, Any]]:
    """The page asked for, and the filters that its cursor is bound to."""
    filters = query.model_dump(mode="json", by_alias=True, exclude={"limit", "cursor"})
    return parts.cursors.read(query.cursor, query.limit, filters), filters


def ids_of(listed: str | None) -> tuple[str, ...] | None:
    """What a comma list names; None: everything."""
    return None if listed is None else tuple(listed.split(","))


async def settle(read: Callable[[], Awaitable[R]], finished: Callable[[R], bool]) -> R:
    """Read a resource until it is finished, for as long as a waiting route waits; then as it is."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    while True:
        found = await read()
        if finished(found) or loop.time() > deadline:
            return found
        await asyncio.sleep(WAIT_POLL_SECONDS)
