"""A micro-batch of single events as one request to ingest, and its answer taken apart again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import aiohttp
import msgspec

from usageflow_common.logs import get_logger
from usageflow_common.tokens import Caller, TokenSigner
from usageflow_gateway.client import NOT_SENT, Outbound, ServiceClient
from usageflow_gateway.domain.routing import Service
from usageflow_gateway.lanes import Answered, Fate, SingleEvent, Unanswered

PATH: Final = "/internal/track"

_log = get_logger(__name__)


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    content_type: str
    idempotency_key: str
    request_id: str
    body: str


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: msgspec.Raw


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(list[_Answer])


class EventPost:
    """Sends batches. Whatever goes wrong becomes the fate of every event in the batch."""

    def __init__(self, client: ServiceClient, signer: TokenSigner, *, timeout_seconds: float) -> None:
        self._client = client
        self._signer = signer
        self._timeout_seconds = timeout_seconds

    async def __call__(self, caller: Caller, events: Sequence[SingleEvent]) -> Sequence[Fate]:
        """One fate for each event, in order."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                try:
                    return await self._post(caller, events)
                except aiohttp.ServerDisconnectedError:
                    # Ingest closed a kept connection while we took it, as it does when it is restarted. Twice is once: events have keys.
                    return await self._post(caller, events)
        except NOT_SENT:
            lost = Unanswered("The ingest service cannot be reached.")
        except TimeoutError:
            lost = Unanswered("The ingest service did not answer in time.", timed_out=True)
        except (aiohttp.ClientError, OSError, msgspec.MsgspecError) as error:
            _log.warning("micro_batch_lost", error=type(error).__name__, events=len(events))
            lost = Unanswered("The ingest service broke off.")
        return [lost] * len(events)

    async def _post(self, caller: Caller, events: Sequence[SingleEvent]) -> Sequence[Fate]:
        items = [_Item(e.content_type, e.idempotency_key, e.request_id, e.body) for e in events]
        token = self._signer.sign(caller, Service.INGEST)
        headers = (
            (b"authorization", b"Bearer " + token.encode("ascii")),
            (b"content-type", b"application/json"),
            (b"x-request-id", events[0].request_id.encode("ascii")),
        )
        async with self._client.request(
            Outbound(Service.INGEST, "POST", PATH, headers, _ENCODER.encode(items))
        ) as response:
            if response.status != 200:
                _log.error("micro_batch_refused", status=response.status, events=len(events))
                return [Unanswered("The ingest service did not take the event.")] * len(events)
            answers = _DECODER.decode(await response.read())
        if len(answers) != len(events):
            raise msgspec.ValidationError("as many answers as events")
        return [Answered(answer.status, bytes(answer.body)) for answer in answers]
