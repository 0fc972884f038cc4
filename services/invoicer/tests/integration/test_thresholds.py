"""A threshold is told once in a period, by quantity or by amount."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from invoicer_billing import Billing, moment
from invoicer_log import at

from usageflow_common.clock import Clock
from usageflow_common.errors import NotFound, StateConflict, ValidationFailed
from usageflow_common.ids import new_id
from usageflow_invoicer.schemas.thresholds import ThresholdCreate
from usageflow_invoicer.service.lives import live_all
from usageflow_invoicer.service.thresholds import create_threshold, delete_threshold, list_thresholds, watch

NOW = at("2026-03-01")
FACTS = "SELECT value FROM outbox WHERE topic = 'billing.events' AND convert_from(value, 'UTF8') LIKE '%threshold%' ORDER BY id"


async def threshold(billing: Billing, subscription_id: UUID, **wanted: Any) -> UUID:
    body = ThresholdCreate.model_validate(wanted)
    answer = await create_threshold(billing.engine, billing.asker(), subscription_id, body, NOW)
    assert answer.body is not None
    return UUID(answer.body["id"].removeprefix("thr_"))


async def told(billing: Billing) -> list[dict[str, Any]]:
    await watch(billing.engine, Clock())
    return [json.loads(row[0])["webhook_data"] for row in await billing.fetch(FACTS)]


async def test_a_quantity_is_told_once_in_each_period(billing: Billing):
    subscription_id = await billing.subscribe("c", "2026-03-01")
    await threshold(billing, subscription_id, metric="API_CALL", quantity="100")
    await billing.track("c", "2026-03-05", calls=99)
    assert await told(billing) == []
    await billing.track("c", "2026-03-06", calls=1, partition=1)
    [data] = await told(billing)
    assert (data["quantity"], data["customerId"]) == ("100", "c")
    assert data["amount"] == {"amountMinor": 0, "currency": "USD"}
    assert data["threshold"]["lastFiredAt"] is not None
    await billing.track("c", "2026-03-07", calls=500)
    assert len(await told(billing)) == 1
    await live_all(billing.engine, billing.org_id, moment("2026-04-01"))
    assert len(await told(billing)) == 1
    await billing.track("c", "2026-04-07", calls=500)
    assert [data["period"]["start"][:10] for data in await told(billing)] == ["2026-03-01", "2026-04-01"]


async def test_an_amount_is_what_usage_costs(billing: Billing):
    subscription_id = await billing.subscribe("c", "2026-03-01")
    await threshold(billing, subscription_id, amount={"amountMinor": 100, "currency": "USD"})
    await billing.track("c", "2026-03-05", calls=1, amount="10099")
    assert await told(billing) == []
    await billing.track("c", "2026-03-05", calls=1)
    [data] = await told(billing)
    assert (data["quantity"], data["amount"]["amountMinor"]) == (None, 100)


async def test_what_makes_no_sense_is_refused(billing: Billing):
    subscription_id = await billing.subscribe("c", "2026-03-01")
    for wrong in ({"metric": "OTHER", "quantity": 1}, {"amount": {"amountMinor": 5, "currency": "EUR"}}):
        with pytest.raises(ValidationFailed):
            await threshold(billing, subscription_id, **wrong)
    for invalid in ({}, {"metric": "API_CALL"}, {"metric": "API_CALL", "quantity": 0}, {"quantity": 1}):
        with pytest.raises(ValueError, match="validation error"):
            ThresholdCreate.model_validate(invalid)
    with pytest.raises(NotFound):
        await threshold(billing, new_id(), metric="API_CALL", quantity=1)
    made = await threshold(billing, subscription_id, metric="API_CALL", quantity=1)
    found, currency = await list_thresholds(billing.engine, billing.asker(), subscription_id)
    assert ([each.threshold_id for each in found], currency) == ([made], "USD")
    await delete_threshold(billing.engine, billing.asker(), subscription_id, made)
    with pytest.raises(NotFound):
        await delete_threshold(billing.engine, billing.asker(), subscription_id, made)
    await billing.cancel(subscription_id, "2026-03-02")
    with pytest.raises(StateConflict):
        await threshold(billing, subscription_id, metric="API_CALL", quantity=1)
