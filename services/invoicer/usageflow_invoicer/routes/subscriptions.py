"""/api/subscriptions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.http import ExactRoute, SeenVersion, answer_response, json_response, resource_response
from usageflow_common.ids import Prefix
from usageflow_common.tokens import Caller
from usageflow_invoicer.routes.parts import (
    Invoicer,
    InvoiceReader,
    Parts,
    SubscriptionReader,
    SubscriptionWriter,
    id_in_path,
    ids_of,
    page_of,
)
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.schemas.subscriptions import (
    CancelInput,
    ChangeInput,
    ChangeList,
    PauseInput,
    SubscriptionBody,
    SubscriptionCreate,
    SubscriptionList,
    SubscriptionPatch,
    SubscriptionQuery,
    change_body,
    subscription_body,
)
from usageflow_invoicer.schemas.upcoming import PreviewBody, UpcomingBody, preview_body, upcoming_body
from usageflow_invoicer.service import changes, upcoming
from usageflow_invoicer.service import subscriptions as service
from usageflow_invoicer.service.changes import Asked
from usageflow_invoicer.service.lives import Moment
from usageflow_invoicer.store.subscriptions import SubscriptionFilter

router: Final = APIRouter(route_class=ExactRoute)


@router.get("/api/subscriptions", response_model=SubscriptionList)
async def list_subscriptions(
    caller: SubscriptionReader, parts: Parts, query: Annotated[SubscriptionQuery, Query()]
) -> Response:
    """Subscriptions, newest first."""
    page, filters = page_of(parts, query)
    wanted = SubscriptionFilter(
        ids_of(query.customer_id), query.plan_id, query.status, query.cancel_at_from, query.cancel_at_to
    )
    rows = await service.list_subscriptions(parts.engine, caller, page, wanted)
    position = (instant_text(rows[-1].created_at), str(rows[-1].subscription_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(SubscriptionList(data=[subscription_body(row) for row in rows], next_cursor=cursor))


@router.post("/api/subscriptions", status_code=201, response_model=SubscriptionBody)
async def create_subscription(body: SubscriptionCreate, caller: SubscriptionWriter, parts: Parts) -> Response:
    """A customer takes a plan."""
    return answer_response(await service.create_subscription(parts.engine, caller, body, _moment(parts, caller)))


@router.get("/api/subscriptions/{subscription_id}", response_model=SubscriptionBody)
async def get_subscription(subscription_id: str, caller: SubscriptionReader, parts: Parts) -> Response:
    """One subscription."""
    found = id_in_path(Prefix.SUBSCRIPTION, subscription_id)
    subscription = await service.get_subscription(parts.engine, caller, found)
    return resource_response(subscription_body(subscription), subscription.version)


@router.patch("/api/subscriptions/{subscription_id}", response_model=SubscriptionBody)
async def edit_subscription(
    subscription_id: str, body: SubscriptionPatch, caller: SubscriptionWriter, parts: Parts, seen: SeenVersion
) -> Response:
    """Change its metadata."""
    found = id_in_path(Prefix.SUBSCRIPTION, subscription_id)
    answer = await service.edit_subscription(parts.engine, caller, found, body, expected=seen, wall=parts.clock.wall())
    return answer_response(answer)


@router.post("/api/subscriptions/{subscription_id}/change", response_model=SubscriptionBody)
async def change_plan(
    subscription_id: str, body: ChangeInput, caller: SubscriptionWriter, parts: Parts, seen: SeenVersion
) -> Response:
    """Another plan, at once or at the end of the running period."""
    asked = _asked(subscription_id, caller, parts, seen)
    return answer_response(await changes.change_plan(parts.engine, caller, asked, body))


@router.get("/internal/subscriptions/lives", include_in_schema=False)
async def any_lives(caller: SubscriptionReader, parts: Parts) -> Response:
    """Whether any goes on: the gateway asks before an organization ends."""
    return json_response({"lives": await service.any_lives(parts.engine, caller)})


@router.post("/api/subscriptions/{subscription_id}/pause", response_model=SubscriptionBody)
async def pause(
    subscription_id: str, caller: SubscriptionWriter, parts: Parts, seen: SeenVersion, body: PauseInput | None = None
) -> Response:
    """No base price from now on; usage is still counted and billed. Without a body, until it is lifted."""
    asked = _asked(subscription_id, caller, parts, seen)
    return answer_response(await changes.pause(parts.engine, caller, asked, body or PauseInput()))


@router.post("/api/subscriptions/{subscription_id}/resume", response_model=SubscriptionBody)
async def resume(subscription_id: str, caller: SubscriptionWriter, parts: Parts, seen: SeenVersion) -> Response:
    """Lift a pause."""
    return answer_response(await changes.resume(parts.engine, caller, _asked(subscription_id, caller, parts, seen)))


@router.post("/api/subscriptions/{subscription_id}/cancel", response_model=SubscriptionBody)
async def cancel(
    subscription_id: str, body: CancelInput, caller: SubscriptionWriter, parts: Parts, seen: SeenVersion
) -> Response:
    """The end: with the running quarter hour, with the period, or at a time. A last invoice follows."""
    asked = _asked(subscription_id, caller, parts, seen)
    return answer_response(await changes.cancel(parts.engine, caller, asked, body))


@router.get("/api/subscriptions/{subscription_id}/changes", response_model=ChangeList)
async def list_changes(
    subscription_id: str, caller: SubscriptionReader, parts: Parts, query: Annotated[ListQuery, Query()]
) -> Response:
    """Past and scheduled changes, the latest first."""
    filters = {"subscriptionId": subscription_id}
    page = parts.cursors.read(query.cursor, query.limit, filters)
    rows = await changes.list_changes(parts.engine, caller, id_in_path(Prefix.SUBSCRIPTION, subscription_id), page)
    position = (instant_text(rows[-1].at), str(rows[-1].change_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(ChangeList(data=[change_body(row) for row in rows], next_cursor=cursor))


@router.delete("/api/subscriptions/{subscription_id}/changes/{change_id}", status_code=204, response_model=None)
async def drop_change(
    subscription_id: str, change_id: str, caller: SubscriptionWriter, parts: Parts, seen: SeenVersion
) -> Response:
    """A scheduled change will not happen; also un-cancels."""
    asked, change = (
        _asked(subscription_id, caller, parts, seen),
        id_in_path(Prefix.SUBSCRIPTION_CHANGE, change_id),
    )
    return answer_response(await changes.drop_change(parts.engine, caller, asked, change))


@router.post("/api/subscriptions/{subscription_id}/change/preview", response_model=PreviewBody)
async def preview_change(
    subscription_id: str, body: ChangeInput, caller: SubscriptionReader, parts: Parts, seen: SeenVersion
) -> Response:
    """What a change of plan would do; nothing is stored. Its `at` makes the change do exactly that."""
    asked = _asked(subscription_id, caller, parts, seen)
    return json_response(preview_body(await upcoming.preview_change(parts.engine, caller, asked, body)))


@router.get("/api/subscriptions/{subscription_id}/upcoming", response_model=UpcomingBody)
async def get_upcoming(subscription_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """The running period as a draft invoice, by what is counted so far."""
    found = await upcoming.upcoming(parts.engine, caller, id_in_path(Prefix.SUBSCRIPTION, subscription_id))
    return json_response(upcoming_body(found))


def _moment(parts: Invoicer, caller: Caller) -> Moment:
    return Moment(parts.clock.now(caller.org_id), parts.clock.wall())


def _asked(subscription_id: str, caller: Caller, parts: Invoicer, seen: int | None) -> Asked:
    found = id_in_path(Prefix.SUBSCRIPTION, subscription_id)
    return Asked(found, _moment(parts, caller), seen)
