"""A webhook event: one fact, whose bytes are fixed when it is made and are the same over all attempts, endpoints and replays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from usageflow_common.clock import instant_text
from usageflow_common.ids import Prefix, public_id


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened in an organization. `data` is JSON text, taken as it came."""

    org_id: UUID
    event_id: UUID
    type: str
    occurred_at: datetime
    customer_id: str | None
    data: bytes

    @property
    def webhook_id(self) -> str:
        """What receivers deduplicate on: one fact, one id, for ever."""
        return public_id(Prefix.WEBHOOK_EVENT, self.event_id)

    @property
    def body(self) -> bytes:
        """The request body. `data` is spliced in, not parsed: its numbers and its order are the producer's."""
        return msgspec.json.encode(
            {
                "id": self.webhook_id,
                "type": self.type,
                "timestamp": instant_text(self.occurred_at),
                "data": msgspec.Raw(self.data),
            }
        )
