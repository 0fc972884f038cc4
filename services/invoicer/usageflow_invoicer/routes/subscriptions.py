"""/api/subscriptions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_invoicer.routes.parts import Parts, SubscriptionReader, SubscriptionWriter, id_in_path, page_of
from usageflow_invoicer.schemas.subscriptions import (
    SubscriptionBody,
    SubscriptionCreate,
    SubscriptionList,
    SubscriptionQuery,
    subscription_body,
)
from usageflow_invoicer.service import subscriptions as service

router: Final = APIRouter(route_class=ExactRoute)


@router.get("/api/subscriptions", response_model=SubscriptionList)
async def list_subscriptions(
    caller: SubscriptionReader, parts: Parts, query: Annotated[SubscriptionQuery, Query()]
) -> Response:
    """Subscriptions, newest first."""
    page, filters = page_of(parts, query)
    wanted = service.SubscriptionFilter(query.customer_id, query.plan_id)
    rows = await service.list_subscriptions(parts.engine, caller, page, wanted)
    position = (instant_text(rows[-1].created_at), str(rows[-1].subscription_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(SubscriptionList(data=[subscription_body(row) for row in rows], next_cursor=cursor))


@router.post("/api/subscriptions", status_code=201, response_model=SubscriptionBody)
async def create_subscription(body: SubscriptionCreate, caller: SubscriptionWriter, parts: Parts) -> Response:
    """A customer takes a plan."""
    now = parts.clock.now(caller.org_id)
    return answer_response(await service.create_subscription(parts.engine, caller, body, now))


@router.get("/api/subscriptions/{subscription_id}", response_model=SubscriptionBody)
async def get_subscription(subscription_id: str, caller: SubscriptionReader, parts: Parts) -> Response:
    """One subscription."""
    found = id_in_path(Prefix.SUBSCRIPTION, subscription_id)
    subscription = await service.get_subscription(parts.engine, caller, found)
    return json_response(subscription_body(subscription), headers={"ETag": f'"{subscription.version}"'})
