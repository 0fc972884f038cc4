"""What the second fence costs: the same questions about webhooks as the service's role and as its role of readers, in turns."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from bench.figures import Baseline, Figure, Wanted, series
from bench.measurements.plan import Plan
from bench.stage import Stage
from bench.store import told_facts
from usageflow_common.database import Transaction, create_engine, reading, transaction
from usageflow_local.environment import environment_of
from usageflow_webhooks.store import events

_ORGANIZATIONS: Final = 20
_FACTS: Final = 2_000
_TURNS: Final = 12
_QUESTIONS_A_TURN: Final = 50
_PLANNED_AFTER: Final = 5
_PAGE: Final = 50

Ask = Callable[[Transaction], Awaitable[object]]
Open = Callable[[], AbstractAsyncContextManager[Transaction]]


async def measure_fence(stage: Stage, plan: Plan) -> list[Figure]:
    """A page of facts and one of them, by transaction: what begins and ends it is part of it."""
    organizations = await told_facts.add_facts(stage.owner, _ORGANIZATIONS, _FACTS)
    url = environment_of("webhooks", "api", stage.system.site)["USAGEFLOW_DATABASE_URL"]
    # One connection for both: on a busy machine two of PostgreSQL's processes fare differently.
    engine = create_engine(url, application_name="bench fence", pool_size=1)
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
        return [_figure(name, what, *await _in_turns(engine, org_id, plan.repeats, ask)) for name, what, ask in asked]
    finally:
        await engine.dispose()


async def _in_turns(engine: AsyncEngine, org_id: UUID, repeats: int, ask: Ask) -> tuple[list[float], list[float]]:
    """Microseconds of the service's own role and of readers, for each repeat."""
    plain: list[float] = []
    fenced: list[float] = []
    for _ in range(repeats):
        without: list[float] = []
        within: list[float] = []
        for _ in range(_TURNS):
            without += await _turn(lambda: transaction(engine, read_only=True), ask)
            within += await _turn(lambda: reading(engine, org_id), ask)
        plain.append(_undisturbed(without))
        fenced.append(_undisturbed(within))
    return plain, fenced


def _figure(name: str, what: str, plain: list[float], fenced: list[float]) -> Figure:
    return Figure(
        name=name,
        what=f"{what}, read behind the second fence",
        unit="µs",
        series=series(fenced),
        baseline=Baseline("the same as the service's own role", series(plain)),
        wanted=Wanted(ratio_at_most=1.10),
    )


async def _turn(opened: Open, ask: Ask) -> list[float]:
    """Microseconds of each question, without the first: a statement is planned anew when another role asks it."""
    times = []
    for _ in range(_QUESTIONS_A_TURN):
        began = time.perf_counter()
        async with opened() as tx:
            await ask(tx)
        times.append((time.perf_counter() - began) * 1e6)
    return times[_PLANNED_AFTER:]


def _undisturbed(microseconds: list[float]) -> float:
    """The fifth part that went fastest ends here: what else the machine did is not the fence's."""
    return sorted(microseconds)[len(microseconds) // 5]
