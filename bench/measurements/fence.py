"""What the second fence costs: the same questions about webhooks as the service's role and as its role of readers, in turns."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from bench import store
from bench.figures import Baseline, Figure, Wanted, series
from bench.measurements.plan import Plan
from bench.stage import Stage
from bench.store import told_facts
from usageflow_common.database import Transaction, create_engine, raw, reading, transaction
from usageflow_local.environment import environment_of
from usageflow_webhooks.store import events

_ORGANIZATIONS: Final = 20
_FACTS: Final = 2_000
_QUESTIONS: Final = 500
_WARM_UP: Final = 20
_PAGE: Final = 50

Ask = Callable[[Transaction], Awaitable[object]]
Open = Callable[[], AbstractAsyncContextManager[Transaction]]


async def measure_fence(stage: Stage, plan: Plan) -> list[Figure]:
    """A page of facts and one of them, by transaction: what begins and ends it is part of it."""
    organizations = await told_facts.add_facts(stage.owner, _ORGANIZATIONS, _FACTS)
    url = environment_of("webhooks", "api", stage.system.site)["USAGEFLOW_DATABASE_URL"]
    # A connection for each role: a statement is planned anew when another role asks it.
    engines = [create_engine(url, application_name="bench fence", pool_size=1) for _ in range(2)]
    try:
        org_id, event_id = organizations[len(organizations) // 2]
        chosen = events.EventFilter(None, None, None, None)
        asked: list[tuple[str, str, Ask]] = [
            (
                "fence_page",
                f"a page of {_PAGE} facts of one organization among {_ORGANIZATIONS}",
                lambda tx: events.list_events(tx, org_id, chosen, None, _PAGE, ascending=False),
            ),
            ("fence_one", "one fact", lambda tx: events.get_event(tx, org_id, event_id)),
        ]
        return [_figure(name, what, *await _in_turns(engines, org_id, plan.repeats, ask)) for name, what, ask in asked]
    finally:
        for engine in engines:
            await engine.dispose()


async def _in_turns(
    engines: Sequence[AsyncEngine], org_id: UUID, repeats: int, ask: Ask
) -> tuple[list[float], list[float]]:
    """Core-microseconds of a question by the service's own role and by readers, for each repeat."""
    own, readers = engines
    plain: list[float] = []
    fenced: list[float] = []
    for _ in range(repeats):
        plain.append(await _cost(own, lambda: transaction(own, read_only=True), ask))
        fenced.append(await _cost(readers, lambda: reading(readers, org_id), ask))
    return plain, fenced


async def _cost(engine: AsyncEngine, opened: Open, ask: Ask) -> float:
    """Of both ends of the connection: what else the machine does changes that less than the time that passes."""
    async with transaction(engine) as tx:
        backend = await store.read_backend(await raw(tx))
    used = 0.0
    for number in range(_WARM_UP + _QUESTIONS):
        if number == _WARM_UP:
            used = _core_seconds(backend)
        async with opened() as tx:
            await ask(tx)
    return (_core_seconds(backend) - used) / _QUESTIONS * 1e6


def _core_seconds(backend: int) -> float:
    """Of this process and that one since they began; the kernel tells nanoseconds."""
    on_cpu, _, _ = Path(f"/proc/{backend}/schedstat").read_text(encoding="ascii").split()
    return time.process_time() + int(on_cpu) / 1e9


def _figure(name: str, what: str, plain: list[float], fenced: list[float]) -> Figure:
    return Figure(
        name=name,
        what=f"{what}, read behind the second fence",
        unit="core-µs",
        series=series(fenced),
        baseline=Baseline("the same as the service's own role", series(plain)),
        wanted=Wanted(ratio_at_most=1.10),
    )
