"""How long an accepted event waits until a usage query shows it, while others keep coming at a modest rate."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from bench.bodies import METRIC
from bench.figures import Figure, Wanted, percentile, series
from bench.measurements.plan import Plan
from bench.stage import Stage
from usageflow_common.clock import WINDOW, Clock, instant_text, window_start

EVENTS_PER_SECOND: Final = 5_000
_PROBES: Final = 100
_PROBE_EVERY_SECONDS: Final = 0.1
_ASK_EVERY_SECONDS: Final = 0.01
_QUIET_SECONDS: Final = 1.0


async def measure_visibility(stage: Stage, _plan: Plan) -> list[Figure]:
    """From the 202 of single events to their place in a usage query through the gateway."""
    await stage.until_applied()
    seconds = 2 * _QUIET_SECONDS + _PROBES * _PROBE_EVERY_SECONDS
    job = stage.batches(round(EVENTS_PER_SECOND * seconds))
    job = replace(job, per_second=EVENTS_PER_SECOND / job.events_per_request)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stage.load(job))
        await asyncio.sleep(_QUIET_SECONDS)  # until the load runs evenly
        probes = []
        for _ in range(_PROBES):
            probes.append(tasks.create_task(_probe(stage)))
            await asyncio.sleep(_PROBE_EVERY_SECONDS)
    milliseconds = [probe.result() * 1_000 for probe in probes]
    return [
        Figure(
            name=f"visible_{name}",
            what=f"from 202 to visible in a usage query, at {EVENTS_PER_SECOND:,} events/s, {name}",
            unit="ms",
            series=series([percentile(milliseconds, share)]),
            wanted=Wanted(at_most=limit),
        )
        for name, share, limit in (("p50", 0.50, None), ("p99", 0.99, 1_000.0))
    ]


async def _probe(stage: Stage) -> float:
    """Seconds from the 202 of an event of a customer of its own until a query tells it."""
    clock = asyncio.get_running_loop().time
    customer_id = f"probe-{secrets.token_hex(8)}"
    start_at = window_start(Clock().wall())
    query = {
        "metric": METRIC,
        "customerId": customer_id,
        "from": instant_text(start_at),
        "to": instant_text(start_at + 2 * WINDOW),
    }
    await stage.post("/api/track", {"metric": METRIC, "customerId": customer_id})
    accepted_at = clock()

    async def is_visible() -> bool:
        usage = await stage.get("/api/usage", **query)
        return bool(usage["total"]["eventCount"] == 1)

    while not await is_visible():
        if clock() - accepted_at > timedelta(minutes=1).total_seconds():
            raise TimeoutError("an accepted event is not visible after a minute")
        await asyncio.sleep(_ASK_EVERY_SECONDS)
    return clock() - accepted_at
