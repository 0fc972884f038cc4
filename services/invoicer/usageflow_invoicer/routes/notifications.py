"""POST /internal/payments/notifications: a payment provider tells what became of a charge. Its signature is its credential."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from usageflow_common.errors import MalformedRequest, NotFound, Unauthenticated
from usageflow_common.http import ExactRoute, read_body
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_invoicer.card_processor import NOTIFICATIONS_PATH
from usageflow_invoicer.domain.charging import ChargeStatus
from usageflow_invoicer.payment_providers import ChargeDocument
from usageflow_invoicer.routes.parts import Parts

router: Final = APIRouter(route_class=ExactRoute)

_BYTES_MAX: Final = 64 * 1024


class _Notification(msgspec.Struct, frozen=True, rename="camel"):
    charge_id: Annotated[str, msgspec.Meta(max_length=64)]
    organization_id: Annotated[str, msgspec.Meta(max_length=64)]
    status: ChargeStatus
    failure_code: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    method: Annotated[str, msgspec.Meta(max_length=64)] | None = None


@router.post(NOTIFICATIONS_PATH, status_code=204, include_in_schema=False)
async def post_notification(request: Request, parts: Parts) -> Response:
    """Signed as Standard Webhooks are. Told again, it changes nothing."""
    body = await read_body(request, _BYTES_MAX)
    sender = parts.providers.sender_of(body, request.headers)
    if sender is None:
        raise Unauthenticated
    try:
        told = msgspec.json.decode(body, type=_Notification)
    except msgspec.MsgspecError as error:
        raise MalformedRequest(str(error)) from error
    org_id = parse_public_id(Prefix.ORGANIZATION, told.organization_id)
    payment_id = parse_public_id(Prefix.PAYMENT, told.charge_id)
    if org_id is None or payment_id is None:
        raise NotFound
    answer = ChargeDocument(told.status, told.failure_code, told.method).answer
    await parts.collector.note_answer(sender, org_id, payment_id, answer)
    return Response(status_code=204)
