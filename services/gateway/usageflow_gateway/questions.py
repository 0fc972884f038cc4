"""Short questions that the gateway asks a service for a caller, and whose answers it reads itself."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
import msgspec

from usageflow_common.errors import DeadlineExceeded, Unavailable
from usageflow_common.logs import get_logger
from usageflow_common.tokens import Caller, TokenSigner
from usageflow_gateway.client import NOT_SENT, Outbound, ServiceClient
from usageflow_gateway.domain.routing import Service

_ANSWER_BYTES_MAX: Final = 256 * 1024
_OK: Final = 200

_log = get_logger(__name__)


class _Lives(msgspec.Struct, frozen=True):
    lives: bool


class Questions:
    """GET, with a token of the caller."""

    def __init__(self, client: ServiceClient, signer: TokenSigner, *, timeout_seconds: float) -> None:
        self._client = client
        self._signer = signer
        self._timeout_seconds = timeout_seconds

    async def ask(self, caller: Caller, service: Service, target: str, request_id: str) -> tuple[int, bytes]:
        """Status and body. Unavailable or DeadlineExceeded when there is no whole answer."""
        token = self._signer.sign(caller, service)
        headers = (
            (b"authorization", b"Bearer " + token.encode("ascii")),
            (b"x-request-id", request_id.encode("ascii")),
        )
        outbound = Outbound(service, "GET", target, headers, None)
        try:
            async with asyncio.timeout(self._timeout_seconds), self._client.request(outbound) as response:
                return response.status, await _read(response)
        except NOT_SENT as error:
            raise Unavailable(f"The {service} service cannot be reached.") from error
        except TimeoutError as error:
            raise DeadlineExceeded(f"The {service} service did not answer in time.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"The {service} service broke off.") from error

    async def subscriptions_live(self, caller: Caller, request_id: str) -> bool:
        """Whether any subscription of the caller's organization goes on. Unavailable when the invoicer cannot say."""
        status, body = await self.ask(caller, Service.INVOICER, "/internal/subscriptions/lives", request_id)
        if status != _OK:
            _log.error("subscriptions_not_told", status=status)
            raise Unavailable("The invoicer service could not say whether subscriptions live.")
        try:
            return msgspec.json.decode(body, type=_Lives).lives
        except msgspec.MsgspecError as error:
            raise Unavailable("The invoicer service could not be understood.") from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _ANSWER_BYTES_MAX:
            raise aiohttp.ClientPayloadError("A longer answer than any question has.")
    return bytes(body)
