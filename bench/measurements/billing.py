"""How fast many periods are closed by one worker, and how fast a price is tried on what they used."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from bench.figures import Baseline, Figure, Wanted, series
from bench.measurements.plan import Plan
from bench.resources import read_use
from bench.stage import Stage
from bench.store.stored_subscriptions import copy_subscription, count_issued
from usageflow_common.clock import Clock, instant_text

WORKER: Final = "invoicer-worker"
_ONE: Final = "bench-one"
_METRICS: Final = ("BENCH_BILLED_A", "BENCH_BILLED_B", "BENCH_BILLED_C")
_PAGE: Final = 1_000
_LOOK_SECONDS: Final = 0.25
"""Counting what is issued costs the database time that the close wants: fifty times a second took a tenth of the rate."""
_WARM_UP: Final = 300
_TIERS: Final = [{"upTo": "1000", "unitPrice": "0.02"}, {"upTo": "5000", "unitPrice": "0.01"}, {"unitPrice": "0.005"}]


async def measure_billing(stage: Stage, plan: Plan) -> list[Figure]:
    """A tenth first, then all of them: what a close costs must not depend on how many there are.

    Some are closed before, and the tables analyzed, which autovacuum does within a minute: plans made for empty tables mislead.
    """
    few = plan.subscriptions // 10
    ends = (_WARM_UP, _WARM_UP + few, _WARM_UP + few + plan.subscriptions)
    async with stage.without(WORKER):
        plan_id = await _sell(stage)
        await copy_subscription(stage.owner, _ONE, range(1, ends[0] + 1))
    await _close(stage, ends[0])
    async with stage.without(WORKER):
        await copy_subscription(stage.owner, _ONE, range(ends[0] + 1, ends[1] + 1))
    small = await _close(stage, ends[1])
    async with stage.without(WORKER):
        await copy_subscription(stage.owner, _ONE, range(ends[1] + 1, ends[2] + 1))
    before = read_use(stage.system)[WORKER]
    large = await _close(stage, ends[2])
    after = read_use(stage.system)[WORKER]
    tried = [await _backtest(stage, plan_id) for _ in range(plan.repeats)]
    return [
        Figure(
            name="close",
            what=f"one worker closes {plan.subscriptions:,} subscriptions of 3 charges",
            unit="invoices/s",
            series=series([large]),
            baseline=Baseline(f"{few:,} subscriptions", series([small])),
            wanted=Wanted(at_least=1_500, ratio_at_least=0.9),
            note=f"{(after.core_seconds - before.core_seconds) / plan.subscriptions * 1e3:.2f} ms of a core an invoice in the worker, "
            f"whose memory ends at {after.memory_bytes / 1e6:.0f} MB",
        ),
        Figure(
            name="backtest",
            what="a price tried on invoiced periods of 3 charges",
            unit="periods/s",
            series=series(tried),
            wanted=Wanted(at_least=2_000),
        ),
    ]


async def _sell(stage: Stage) -> str:
    """Metrics, a plan and the one subscription that the others are copies of."""
    for code in _METRICS:
        await stage.post("/api/metrics", {"code": code, "name": code, "aggregation": "SUM"})
    charges: list[dict[str, Any]] = [
        {"metric": _METRICS[0], "model": "per_unit", "unitPrice": "0.01", "includedUnits": "500"},
        {"metric": _METRICS[1], "model": "graduated", "tiers": _TIERS},
        {"metric": _METRICS[2], "model": "package", "packageSize": "100", "packagePrice": "1.50"},
    ]
    draft = {"interval": "month", "basePrice": "49.00", "charges": charges}
    body = {"code": "BENCH", "name": "Bench", "currency": "USD", "publish": True, "draft": draft}
    plan_id = str((await stage.post("/api/plans", body))["id"])
    await stage.post("/api/customers", {"customerId": _ONE})
    start_at = instant_text(Clock().wall() - timedelta(days=33))
    await stage.post("/api/subscriptions", {"customerId": _ONE, "planId": plan_id, "startAt": start_at})
    return plan_id


async def _close(stage: Stage, expected: int) -> float:
    """Invoices a second, from the first that was seen to the last."""
    clock = asyncio.get_running_loop().time
    begun = await count_issued(stage.owner)
    seen: list[tuple[float, int]] = []

    async def is_done() -> bool:
        count = await count_issued(stage.owner)
        if count > begun:
            seen.append((clock(), count))
        return count >= expected

    await stage.until("closing", is_done, every_seconds=_LOOK_SECONDS)
    (first_at, first), (last_at, last) = seen[0], seen[-1]
    return (last - first) / (last_at - first_at) if last_at > first_at else 0.0


async def _backtest(stage: Stage, plan_id: str) -> float:
    clock = asyncio.get_running_loop().time
    now = Clock().wall()
    wanted: dict[str, Any] = {
        "pricing": {"planId": plan_id, "version": 1},
        "from": instant_text(now - timedelta(days=40)),
        "to": instant_text(now),
        "limit": _PAGE,
    }
    began_at, periods = clock(), 0
    while True:
        page = await stage.post("/api/plans/backtest", wanted)
        periods += len(page["data"])
        if page["nextCursor"] is None:
            return periods / (clock() - began_at)
        wanted["cursor"] = page["nextCursor"]
