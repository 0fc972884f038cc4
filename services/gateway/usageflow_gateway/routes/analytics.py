"""/api/analytics/summary: each service is asked for its part, and one that is away leaves the others standing."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from usageflow_common.clock import Clock, instant_text
from usageflow_common.errors import DeadlineExceeded, Unavailable
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.logs import get_logger
from usageflow_common.tokens import Caller
from usageflow_common.wire import QueryModel, TimeZone
from usageflow_gateway.domain.routing import Service
from usageflow_gateway.questions import Questions
from usageflow_gateway.routes.callers import CallerOf, scope_of
from usageflow_gateway.schemas.summary import Summary
from usageflow_gateway.service import organizations

router: Final = APIRouter(route_class=ExactRoute)
_SECONDS: Final = 5.0
"""A summary is looked at again in half a minute: a part that takes longer is not worth the wait."""
_OK: Final = 200
_log = get_logger(__name__)


class SummaryQuery(QueryModel):
    """Days and months are those of a time zone, the organization's where none is given."""

    time_zone: TimeZone | None = None


@router.get("/api/analytics/summary", response_model=Summary, openapi_extra=scope_of("GET", "/api/analytics/summary"))
async def get_summary(request: Request, caller: CallerOf, query: Annotated[SummaryQuery, Query()]) -> Response:
    """How the organization stands, at a glance. What the caller may not see is null; what could not be asked is named in `unavailable`."""
    organization = await organizations.organization_of(request.state.engine, caller.org_id)
    zone = query.time_zone or organization.time_zone
    asked_at = Clock().wall()
    questions = _Summing(request.state.questions, caller, request.state.request_id)
    in_zone = f"/internal/summary?timeZone={zone}"
    today, refused, standing, delivered = await asyncio.gather(
        questions.ask(Service.AGGREGATOR, "usage:read", in_zone),
        questions.ask(Service.INGEST, "events:read", in_zone),
        questions.ask(Service.INVOICER, "invoices:read", in_zone),
        questions.ask(Service.WEBHOOKS, "webhooks:read", "/internal/summary"),
    )
    events = (today or {}).get("eventsToday")
    return json_response(
        {
            "asOf": instant_text(asked_at),
            "timeZone": zone,
            "usageToday": (today or {}).get("usageToday"),
            "eventsToday": None if events is None else {**events, "rejected": (refused or {}).get("rejected")},
            **{name: (standing or {}).get(name) for name in _OF_INVOICER},
            "deliveries24h": delivered,
            "unavailable": sorted(questions.unavailable),
        }
    )


_OF_INVOICER: Final = ("mrr", "revenueThisMonth", "invoices", "subscriptions")


class _Summing:
    """Asks for one caller, and remembers who could not be asked."""

    def __init__(self, questions: Questions, caller: Caller, request_id: str) -> None:
        self.unavailable: list[str] = []
        self._questions = questions
        self._caller = caller
        self._request_id = request_id

    async def ask(self, service: Service, scope: str, target: str) -> dict[str, Any] | None:
        """The service's part; None when the caller may not see it, or when there is no answer."""
        if scope not in self._caller.scopes:
            return None
        try:
            async with asyncio.timeout(_SECONDS):
                status, body = await self._questions.ask(self._caller, service, target, self._request_id)
        except (Unavailable, DeadlineExceeded, TimeoutError) as error:
            _log.warning("summary_incomplete", service=service, error=type(error).__name__)
            self.unavailable.append(service)
            return None
        if status != _OK:
            _log.warning("summary_incomplete", service=service, status=status)
            self.unavailable.append(service)
            return None
        part: dict[str, Any] = msgspec.json.decode(body)
        return part
