"""Usage events for pure functions."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pytest

from usageflow_common.ids import event_id
from usageflow_common.records import UsageEvent

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORG = UUID(int=1)
METRIC = UUID(int=2)


@pytest.fixture(scope="session")
def usage_event():
    """Makes usage events of one organization."""

    def make(
        key="call-1", *, amount="1", at=NOON, customer="user_123", metric_ids=(METRIC,), properties=None, **others
    ):
        payload = repr((amount, customer, at, sorted((properties or {}).items(), key=lambda item: item[0])))
        values = {
            "org_id": ORG,
            "event_id": event_id(ORG, key),
            "idempotency_key": key,
            "metric": "API_CALL",
            "metric_ids": metric_ids,
            "amount": amount,
            "customer_id": customer,
            "occurred_at": at,
            "occurred_at_given": True,
            "properties": properties or {},
            "received_at": NOON,
            "payload_hash": hashlib.sha256(payload.encode()).hexdigest(),
            **others,
        }
        return UsageEvent(**values)

    return make
