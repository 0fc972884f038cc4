"""What gateway and ingest take, beside a server that does nothing. The counting parts stand still meanwhile: the hop alone is measured."""

from __future__ import annotations

import secrets
from typing import Final

from msgspec.structs import replace

from bench.figures import Baseline, Figure, Wanted, series
from bench.load import Job
from bench.measurements.plan import Plan
from bench.stage import Stage

_SINGLES_IN_FLIGHT: Final = 64
_SINGLE_BODIES: Final = 4_000
_BATCH_EVENTS_SENT: Final = 100_000
_ENDLESS: Final = 10_000_000
_STANDING_STILL: Final = ("aggregator-worker", "invoicer-worker")


async def measure_singles(stage: Stage, plan: Plan) -> list[Figure]:
    """`POST /api/track`, one event each."""
    job = Job(
        port=stage.gateway_port,
        path="/api/track",
        api_key=stage.api_key,
        mark="",
        events_per_request=1,
        bodies=_SINGLE_BODIES,
        in_flight=_SINGLES_IN_FLIGHT,
        requests=_ENDLESS,
        seconds=plan.seconds,
        warm_up_seconds=plan.warm_up_seconds,
    )
    bare, ours = await _side_by_side(stage, job, plan)
    return [
        Figure(
            name="singles",
            what=f"single events through gateway and ingest, {job.in_flight} in flight",
            unit="events/s",
            series=series(ours),
            baseline=Baseline("a bare Starlette POST, same client and bodies", series(bare)),
            wanted=Wanted(ratio_at_least=0.45),
        )
    ]


async def measure_batches(stage: Stage, plan: Plan) -> list[Figure]:
    """`POST /api/track/batch`, 100 events each; each event is sent once."""
    job = replace(stage.batches(_BATCH_EVENTS_SENT), warm_up_seconds=plan.warm_up_seconds)
    bare, ours = await _side_by_side(stage, job, plan)
    size = job.events_per_request
    return [
        Figure(
            name="batches",
            what=f"batches of {size} through gateway and ingest, {job.in_flight} in flight",
            unit="events/s",
            series=series(rate * size for rate in ours),
            baseline=Baseline("the same bodies to a bare Starlette POST", series(rate * size for rate in bare)),
            wanted=Wanted(ratio_at_least=0.18, at_least=90_000),
        )
    ]


async def _side_by_side(stage: Stage, job: Job, plan: Plan) -> tuple[list[float], list[float]]:
    """Requests a second of the bare server and of ours, taking turns, so that a noisy minute is noisy for both."""
    bare: list[float] = []
    ours: list[float] = []
    async with stage.without(*_STANDING_STILL):
        for _ in range(plan.repeats):
            marked = replace(job, mark=secrets.token_hex(6))
            idle = replace(marked, port=stage.noop_port, requests=_ENDLESS, seconds=plan.seconds)
            bare.append((await stage.load(idle)).requests_per_second)
            ours.append((await stage.load(marked)).requests_per_second)
    return bare, ours
