"""Who may ask here, and what the routes work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.tenants import Tenants
from usageflow_common.errors import Unauthenticated
from usageflow_common.http import authenticated, caller_with
from usageflow_common.tokens import Caller
from usageflow_common.wire import Cursors

GATEWAY: Final = "usageflow-gateway"
INVOICER: Final = "usageflow-invoicer"


@dataclass(frozen=True, slots=True)
class Aggregator:
    """`request.state.aggregator`."""

    engine: AsyncEngine
    tenants: Tenants
    cursors: Cursors
    digest_key: bytes


def _aggregator(request: Request) -> Aggregator:
    aggregator: Aggregator = request.state.aggregator
    return aggregator


def _invoicer(request: Request) -> Caller:
    # Tokens of the gateway speak for callers, and no caller may read below another's cut.
    caller = authenticated(request)
    if caller.issuer != INVOICER:
        raise Unauthenticated("This route is not for callers.")
    return caller


def _reader_of_usage(caller: Annotated[Caller, Depends(caller_with("usage:read"))]) -> Caller:
    return _through_the_gateway(caller)


def _reader_of_events(caller: Annotated[Caller, Depends(caller_with("events:read"))]) -> Caller:
    return _through_the_gateway(caller)


def _writer_of_events(caller: Annotated[Caller, Depends(caller_with("events:write"))]) -> Caller:
    return _through_the_gateway(caller)


def _through_the_gateway(caller: Caller) -> Caller:
    # The invoicer's own key opens the internal routes alone, whatever scopes it writes into its tokens.
    if caller.issuer != GATEWAY:
        raise Unauthenticated("Send a valid token.")
    return caller


Parts: TypeAlias = Annotated[Aggregator, Depends(_aggregator)]
Invoicer: TypeAlias = Annotated[Caller, Depends(_invoicer)]
UsageReader: TypeAlias = Annotated[Caller, Depends(_reader_of_usage)]
EventsReader: TypeAlias = Annotated[Caller, Depends(_reader_of_events)]
EventsWriter: TypeAlias = Annotated[Caller, Depends(_writer_of_events)]
