"""Switching an endpoint off, by a person or by what its receiver does: its dispatches are parked and the others are told."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from usageflow_common.database import Transaction
from usageflow_common.ids import new_id
from usageflow_common.records import ActorRecord
from usageflow_webhooks.domain.endpoints import DisabledReason, Endpoint
from usageflow_webhooks.domain.event_types import ENDPOINT_DISABLED
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.schemas import EndpointDisabled, payload, switched_off_body
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
    data = EndpointDisabled(
        endpoint=switched_off_body(disabled),
        reason=reason,
        failing_since=failing_since,
        last_delivery_id=last_delivery_id,
    )
    fact = Fact(endpoint.org_id, new_id(), ENDPOINT_DISABLED, now, None, payload(data))
    await record_facts(tx, endpoint.org_id, [fact], now, spare=endpoint.endpoint_id)
    return disabled
