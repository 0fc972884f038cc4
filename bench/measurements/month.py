"""How long the question for a month of one customer's usage takes, with many events stored and with a tenth of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bench import store
from bench.bodies import METRIC
from bench.figures import Baseline, Figure, Wanted, percentile, series
from bench.measurements.plan import Plan
from bench.stage import MeasurementFailed, Stage
from bench.store import stored_month
from usageflow_common.clock import Clock, instant_text
from usageflow_common.ids import Prefix, parse_public_id

_ASKED_CUSTOMERS: Final = 3
_QUESTIONS: Final = 200


async def measure_month(stage: Stage, plan: Plan) -> list[Figure]:
    """The same customers are asked for each time; what grows is what is stored of others."""
    await stage.until_applied()
    month = Clock().wall().astimezone(UTC).date() - timedelta(days=2 * stored_month.DAYS)
    metrics = await stage.get("/api/metrics")
    metric_id = parse_public_id(Prefix.METRIC, next(each["id"] for each in metrics["data"] if each["code"] == METRIC))
    if metric_id is None:
        raise MeasurementFailed("The metric has no id.")
    org_id = await store.read_organization(stage.owner)
    customers = max(_ASKED_CUSTOMERS * 10, plan.stored_events // stored_month.EVENTS_PER_CUSTOMER)
    few = customers // 10
    async with stage.without("aggregator-worker", "invoicer-worker"):
        await stored_month.fill(stage.owner, org_id, metric_id, month, range(few))
        small = [await _ask(stage, month) for _ in range(plan.repeats)]
        await stored_month.fill(stage.owner, org_id, metric_id, month, range(few, customers))
        large = [await _ask(stage, month) for _ in range(plan.repeats)]
    stored = [number * stored_month.EVENTS_PER_CUSTOMER for number in (customers, few)]
    return [
        Figure(
            name=f"month_{name}",
            what=f"a month of one customer's usage by days, {stored[0]:,} events stored, {name}",
            unit="ms",
            series=series(percentile(each, share) for each in large),
            baseline=Baseline(f"{stored[1]:,} stored", series(percentile(each, share) for each in small)),
            wanted=wanted,
        )
        for name, share, wanted in (
            ("p50", 0.50, Wanted()),
            ("p95", 0.95, Wanted(at_most=20.0, ratio_at_most=1.3)),
        )
    ]


async def _ask(stage: Stage, month: date) -> list[float]:
    """Milliseconds of each question through the gateway, one after the other."""
    clock = asyncio.get_running_loop().time
    start_at = datetime.combine(month, time(), UTC)
    query = {
        "metric": METRIC,
        "from": instant_text(start_at),
        "to": instant_text(start_at + timedelta(days=stored_month.DAYS)),
        "windowSize": "day",
    }
    milliseconds = []
    for number in range(_QUESTIONS):
        asked_at = clock()
        usage = await stage.get("/api/usage", **query, customerId=f"stored-{number % _ASKED_CUSTOMERS}")
        milliseconds.append((clock() - asked_at) * 1_000)
        if usage["total"]["eventCount"] != stored_month.EVENTS_PER_CUSTOMER:
            raise MeasurementFailed(f"the month has {usage['total']['eventCount']} events")
    return milliseconds
