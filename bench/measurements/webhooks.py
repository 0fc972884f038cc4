"""How long a fact waits for its first delivery."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from bench.figures import Figure, percentile, series
from bench.measurements.plan import Plan
from bench.stage import Stage
from usageflow_cli.receiver import Delivery, Receiver
from usageflow_common.clock import Clock

_EVENT_TYPE: Final = "subscription.created"
_FACTS: Final = 60
_FACT_EVERY_SECONDS: Final = 0.1


async def measure_webhooks(stage: Stage, _plan: Plan) -> list[Figure]:
    """From the instant of a fact, taken inside its transaction, to its first delivery at a receiver on this machine."""
    clock = Clock()
    waits: list[timedelta] = []

    def take(delivery: Delivery) -> None:
        event = delivery.event()
        if event["type"] == _EVENT_TYPE:
            waits.append(clock.wall() - datetime.fromisoformat(event["timestamp"]))

    async def are_all_there() -> bool:
        return len(waits) >= _FACTS

    with Receiver(on_delivery=take) as receiver:
        endpoint = await stage.post("/api/webhooks/endpoints", {"url": receiver.url, "eventTypes": [_EVENT_TYPE]})
        plan = await _make_plan(stage)
        for _ in range(_FACTS):
            await _subscribe(stage, plan)
            await asyncio.sleep(_FACT_EVERY_SECONDS)
        await stage.until("delivering", are_all_there)
        await stage.delete(f"/api/webhooks/endpoints/{endpoint['id']}")
    milliseconds = [wait / timedelta(milliseconds=1) for wait in waits]
    return [
        Figure(
            name=f"webhook_{name}",
            what=f"from a fact to its first delivery, {name}",
            unit="ms",
            series=series([percentile(milliseconds, share)]),
        )
        for name, share in (("p50", 0.50), ("p95", 0.95))
    ]


async def _make_plan(stage: Stage) -> Any:
    draft = {"interval": "month", "intervalCount": 1, "basePrice": "100.00", "billing": "arrears", "charges": []}
    code = f"BENCH-{secrets.token_hex(4)}"
    return await stage.post(
        "/api/plans", {"code": code, "name": "Bench", "currency": "USD", "publish": True, "draft": draft}
    )


async def _subscribe(stage: Stage, plan: Any) -> None:
    customer_id = f"subscriber-{secrets.token_hex(6)}"
    await stage.post("/api/customers", {"customerId": customer_id, "name": "Subscriber"})
    await stage.post("/api/subscriptions", {"customerId": customer_id, "planId": plan["id"]})
