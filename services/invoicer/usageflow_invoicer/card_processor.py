"""A processor of test cards, for organizations in test mode: it behaves as real ones do, and moves no money.

The payment method says what happens: `test_ok`, `test_declined`, `test_timeout` (the money moves, the answer is lost), `test_later` and
`test_later_declined` (pending, told by a signed notification). It remembers charges until the process ends; one that is asked for again
ends the same way.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import httpx
import msgspec
from fastapi import APIRouter, Header
from pydantic import Field
from standardwebhooks import Webhook
from starlette.responses import Response

from usageflow_common.clock import Clock
from usageflow_common.errors import NotFound, Unauthenticated
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.logs import get_logger
from usageflow_common.wire import MoneyInput, RequestModel
from usageflow_invoicer.payment_providers import CARD_PROCESSOR_PATH, ChargeDocument

NOTIFICATIONS_PATH: Final = "/internal/payments/notifications"
_HANGS_SECONDS: Final = 60.0
_REMEMBERED_MAX: Final = 10_000
_OK: Final = ChargeDocument("succeeded", method="test_card")
_DECLINED: Final = ChargeDocument("failed", "card_declined", "test_card")
_PENDING: Final = ChargeDocument("pending", method="test_card")
_AT_ONCE: Final[Mapping[str, ChargeDocument]] = {
    "test_ok": _OK,
    "test_declined": _DECLINED,
    "test_timeout": _OK,
    "test_later": _PENDING,
    "test_later_declined": _PENDING,
}
_LATER: Final[Mapping[str, ChargeDocument]] = {"test_later": _OK, "test_later_declined": _DECLINED}

_log = get_logger(__name__)


class _ChargeRequest(RequestModel):
    charge_id: Annotated[str, Field(max_length=64)]
    organization_id: Annotated[str, Field(max_length=64)]
    customer_id: str
    payment_method: str
    invoice_id: str
    invoice_number: str
    amount: MoneyInput


@dataclass(slots=True)
class CardProcessor:
    """`router` serves it; `secret` opens it and signs its notifications, which go to `notify_url`."""

    secret: str
    notify_url: str
    clock: Clock
    later_seconds: float = 2.0
    charges: dict[str, ChargeDocument] = field(default_factory=dict)
    _notifying: set[asyncio.Task[None]] = field(default_factory=set)

    def router(self) -> APIRouter:
        """What a bridge serves."""
        router = APIRouter(route_class=ExactRoute, prefix=CARD_PROCESSOR_PATH)

        @router.post("/charges", include_in_schema=False)
        async def post_charge(body: _ChargeRequest, authorization: Annotated[str, Header()] = "") -> Response:
            self._admit(authorization)
            return json_response(await self._charge(body))

        @router.get("/charges/{charge_id}", include_in_schema=False)
        async def get_charge(charge_id: str, authorization: Annotated[str, Header()] = "") -> Response:
            self._admit(authorization)
            found = self.charges.get(charge_id)
            if found is None:
                raise NotFound
            return json_response(msgspec.to_builtins(found))

        return router

    def _admit(self, authorization: str) -> None:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {self.secret}".encode()):
            raise Unauthenticated

    async def _charge(self, body: _ChargeRequest) -> object:
        known = self.charges.get(body.charge_id)
        if known is not None:
            return msgspec.to_builtins(known)
        answer = _AT_ONCE.get(body.payment_method, ChargeDocument("failed", "unknown_payment_method"))
        self._remember(body.charge_id, answer)
        if body.payment_method in _LATER:
            task = asyncio.create_task(self._notify(body, _LATER[body.payment_method]))
            self._notifying.add(task)
            task.add_done_callback(self._notifying.discard)
        if body.payment_method == "test_timeout":
            await asyncio.sleep(_HANGS_SECONDS)
        return msgspec.to_builtins(answer)

    def _remember(self, charge_id: str, answer: ChargeDocument) -> None:
        while len(self.charges) >= _REMEMBERED_MAX:
            self.charges.pop(next(iter(self.charges)))
        self.charges[charge_id] = answer

    async def _notify(self, body: _ChargeRequest, outcome: ChargeDocument) -> None:
        await asyncio.sleep(self.later_seconds)
        self._remember(body.charge_id, outcome)
        told = {"chargeId": body.charge_id, "organizationId": body.organization_id, **msgspec.to_builtins(outcome)}
        text = msgspec.json.encode(told).decode()
        message_id, at = f"msg_{secrets.token_hex(12)}", self.clock.wall()
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message_id, at, text),
            "content-type": "application/json",
        }
        try:
            async with httpx.AsyncClient(timeout=5.0, trust_env=False) as http:
                await http.post(self.notify_url, content=text, headers=headers)
        except httpx.HTTPError as error:
            _log.warning("notification_lost", charge_id=body.charge_id, error=type(error).__name__)
