"""Refused events on their way to the debugger's table: best effort, so that a table that is away stops no event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from usageflow_common.ids import new_id
from usageflow_common.kafka import Outgoing, Producer, SendFailed
from usageflow_common.logs import get_logger
from usageflow_common.metrics import REFUSALS_LOST
from usageflow_common.records import RejectedEvent
from usageflow_common.topics import EVENTS_REJECTED, encode, tenant_key
from usageflow_ingest.domain.outcomes import Arrival, Refused
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX

_log = get_logger(__name__)


class Refusals:
    """Sends them to events.rejected; the worker stores them."""

    SEND_SECONDS_MAX: Final = 2.0

    def __init__(self, producer: Producer) -> None:
        """`producer` gives up after SEND_SECONDS_MAX: an answer must not wait for its footnotes."""
        self._producer = producer

    async def tell(
        self,
        org_id: UUID,
        api_key_id: UUID | None,
        request_id: str,
        received_at: datetime,
        refused: Sequence[tuple[Arrival, Refused]],
    ) -> None:
        """Returns when Kafka has them, or when there is no more time to wait; what is lost is counted."""
        messages = [
            Outgoing(
                EVENTS_REJECTED,
                tenant_key(org_id),
                encode(
                    RejectedEvent(
                        org_id=org_id,
                        rejected_event_id=new_id(),
                        code=refusal.code,
                        detail=refusal.detail,
                        index=arrival.index,
                        body=_legible(arrival.raw),
                        idempotency_key=arrival.idempotency_key,
                        api_key_id=api_key_id,
                        request_id=request_id,
                        customer_id=refusal.customer_id,
                        metric=refusal.metric,
                        received_at=received_at,
                    )
                ),
            )
            for arrival, refusal in refused
        ]
        results = await self._producer.send_all(messages)
        lost = sum(isinstance(result, SendFailed) for result in results)
        if lost:
            REFUSALS_LOST.inc(lost)
            _log.warning("refusals_lost", count=lost)


def _legible(raw: bytes) -> str:
    """As sent, as far as a text can hold it: PostgreSQL stores neither broken UTF-8 nor NUL."""
    return raw[:EVENT_BYTES_MAX].decode("utf-8", "replace").replace("\x00", "\ufffd")
