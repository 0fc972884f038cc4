"""/api/subscriptions/…/thresholds."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_invoicer.routes.parts import Parts, SubscriptionReader, SubscriptionWriter, id_in_path
from usageflow_invoicer.schemas.thresholds import ThresholdBody, ThresholdCreate, ThresholdList, threshold_body
from usageflow_invoicer.service import thresholds as service

router: Final = APIRouter(route_class=ExactRoute)


@router.get("/api/subscriptions/{subscription_id}/thresholds", response_model=ThresholdList)
async def list_thresholds(subscription_id: str, caller: SubscriptionReader, parts: Parts) -> Response:
    """All of a subscription's; there are never more than twenty."""
    found = id_in_path(Prefix.SUBSCRIPTION, subscription_id)
    rows, currency = await service.list_thresholds(parts.engine, caller, found)
    return json_response(ThresholdList(data=[threshold_body(row, currency) for row in rows], next_cursor=None))


@router.post("/api/subscriptions/{subscription_id}/thresholds", status_code=201, response_model=ThresholdBody)
async def create_threshold(
    subscription_id: str, body: ThresholdCreate, caller: SubscriptionWriter, parts: Parts
) -> Response:
    """Be told, once in a period, when usage reaches this."""
    found = id_in_path(Prefix.SUBSCRIPTION, subscription_id)
    return answer_response(await service.create_threshold(parts.engine, caller, found, body, parts.clock.wall()))


@router.delete("/api/subscriptions/{subscription_id}/thresholds/{threshold_id}", status_code=204, response_model=None)
async def delete_threshold(
    subscription_id: str, threshold_id: str, caller: SubscriptionWriter, parts: Parts
) -> Response:
    """Be told no more."""
    found, threshold = id_in_path(Prefix.SUBSCRIPTION, subscription_id), id_in_path(Prefix.THRESHOLD, threshold_id)
    return answer_response(await service.delete_threshold(parts.engine, caller, found, threshold))
