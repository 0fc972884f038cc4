"""Switching an endpoint off, by a person or by what its receiver does: its dispatches are parked and the others are told."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from usageflow_common.clock import instant_text
from usageflow_common.database import Transaction
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.records import ActorRecord
from usageflow_webhooks.domain.endpoints import DisabledReason, Endpoint, Health
from usageflow_webhooks.domain.event_types import ENDPOINT_DISABLED
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.schemas import endpoint_body
from usageflow_webhooks.service.facts import record_facts
from usageflow_webhooks.store import endpoints, queue

BY_ITSELF: Final = ActorRecord(type="service", id="webhooks")
"""Who did what nobody asked for."""


async def switch_off(
    tx: Transaction,
    endpoint: Endpoint,
    reason: DisabledReason,
    now: datetime,
    *,
    failing_since: datetime | None = None,
    last_delivery_id: UUID | None = None,
) -> Endpoint:
    """Disable an endpoint. The caller holds the locks of its organization and of itself, taken in this order."""
    disabled = endpoint.switched(reason)
    await endpoints.update_endpoint(tx, endpoint.org_id, disabled)
    await queue.park_open(tx, endpoint.org_id, endpoint.endpoint_id)
    # Its health is a matter of the moment: receivers ask for it when they need it.
    shown = {name: value for name, value in endpoint_body(disabled, Health()).items() if name != "health"}
    data = {
        "endpoint": shown,
        "reason": reason,
        "failingSince": instant_text(failing_since) if failing_since else None,
        "lastDeliveryId": public_id(Prefix.DELIVERY, last_delivery_id) if last_delivery_id else None,
    }
    fact = Fact(endpoint.org_id, new_id(), ENDPOINT_DISABLED, now, None, msgspec.json.encode(data))
    await record_facts(tx, endpoint.org_id, [fact], now, spare=endpoint.endpoint_id)
    return disabled
