"""Deliveries: how many a second, how long a fact waits for its first one, what neighbours that hang and a backlog cost, and idling."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import aiohttp
import msgspec

from bench import store
from bench.figures import Figure, Wanted, percentile, series
from bench.measurements.plan import Plan
from bench.receiving import Seen
from bench.resources import read_use
from bench.stage import ROOT, WAIT_SECONDS_MAX, MeasurementFailed, Stage
from bench.store import told_facts
from usageflow_common.clock import Clock
from usageflow_common.ids import Prefix, new_id, parse_public_id
from usageflow_common.kafka import Outgoing
from usageflow_common.records import BillingFact
from usageflow_common.topics import BILLING_EVENTS, encode, tenant_key

_TYPES: Final = (
    *("invoice.paid", "invoice.failed", "invoice.voided", "subscription.created", "subscription.updated"),
    *("subscription.canceled", "subscription.suspended", "subscription.resumed", "usage.threshold_reached", "ping"),
)
"""Each endpoint chooses one of them, so a fact is one dispatch."""

_FAST: Final = _TYPES[:8]
_HANGING: Final = _TYPES[8:]
_WORKER: Final = "webhooks-worker"
_FACTS_PER_SECOND: Final = 200
_TICK_SECONDS: Final = 0.02
_TOGETHER: Final = 500
_LIMIT_PER_SECOND: Final = 400
_MEMORY_SECONDS: Final = 2.0
_IDLE_ENDPOINTS: Final = 10_000
_IDLE_SECONDS: Final = 20.0
_CONCURRENCY: Final = 64
_COUNTED_PER_SECOND: Final = 50_000
"""Counting is work of PostgreSQL's too: the more there is to count, the less often it is done."""

_SLOWEST_PER_SECOND: Final = 100
"""Slower than this, on any machine, is a failure."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stage with a receiver beside it."""

    stage: Stage
    receiver: aiohttp.ClientSession
    url: str
    org_id: UUID

    async def endpoint(self, path: str, event_type: str, **more: Any) -> UUID:
        """A new endpoint that gets facts of one type on a path of the receiver."""
        wish = {"url": self.url + path, "eventTypes": [event_type], **more}
        made = await self.stage.post("/api/webhooks/endpoints", wish)
        endpoint_id = parse_public_id(Prefix.ENDPOINT, made["id"])
        if endpoint_id is None:
            raise MeasurementFailed("An endpoint without an id.")
        return endpoint_id

    async def switch(self, endpoint_id: UUID, word: str) -> None:
        """Enable or disable it."""
        await self.stage.post(f"/api/webhooks/endpoints/we_{endpoint_id.hex}/{word}", {})

    async def seen(self) -> dict[str, Seen]:
        """What has come, by path."""
        async with self.receiver.get("/") as answer:
            return msgspec.json.decode(await answer.read(), type=dict[str, Seen])

    async def forget(self, endpoint_ids: Sequence[UUID]) -> None:
        """Delete the endpoints, and what has come."""
        for each in endpoint_ids:
            await self.stage.delete(f"/api/webhooks/endpoints/we_{each.hex}")
        async with self.receiver.delete("/"):
            pass

    async def tell(self, types: Sequence[str], count: int) -> None:
        """So many facts in one transaction, of each type in turn."""
        await told_facts.tell(self.stage.owner, [_fact(self.org_id, types[n % len(types)]) for n in range(count)])

    async def tell_steadily(self, types: Sequence[str], seconds: float) -> None:
        """Facts at a steady rate, each few in a transaction of their own, as invoices are closed and subscriptions live."""
        loop = asyncio.get_running_loop()
        begun, told = loop.time(), 0
        while (passed := loop.time() - begun) < seconds:
            due = int(passed * _FACTS_PER_SECOND) - told
            for place in range(due):
                await self.tell([types[(told + place) % len(types)]], 1)
            told += due
            await asyncio.sleep(_TICK_SECONDS / 4)

    async def until_stand(self, endpoint_ids: Sequence[UUID], statuses: Sequence[str], count: int) -> None:
        """Wait until so many dispatches stand so."""

        async def do() -> bool:
            return await told_facts.count_dispatches(self.stage.owner, endpoint_ids, statuses) >= count

        await self.stage.until(
            "delivering",
            do,
            every_seconds=max(0.1, count / _COUNTED_PER_SECOND),
            seconds_max=WAIT_SECONDS_MAX + count / _SLOWEST_PER_SECOND,
        )


async def measure_webhooks(stage: Stage, plan: Plan) -> list[Figure]:
    """Everything about deliveries, with one worker."""
    async with _scene(stage) as scene:
        return [
            *await _measure_waits(scene, plan, hanging=False),
            *await _measure_waits(scene, plan, hanging=True),
            *await _measure_throughput(scene, plan),
            *await _measure_backlog(scene, plan),
            *await _measure_idling(scene),
        ]


async def _measure_waits(scene: Scene, plan: Plan, *, hanging: bool) -> list[Figure]:
    """From just before a fact's transaction commits to its first delivery, at a steady rate of facts, a fifth to endpoints that hang."""
    types = _TYPES if hanging else _FAST
    ids = [await scene.endpoint(f"/fast/{kind}", kind) for kind in _FAST]
    ids += [await scene.endpoint(f"/hang/{kind}", kind) for kind in _HANGING] if hanging else []
    p50, p95 = [], []
    for _ in range(plan.repeats):
        await scene.tell_steadily(types, 2.0)  # until the places of new endpoints are many, and connections stand
        # As autovacuum does within a minute: plans made for empty tables mislead.
        await scene.stage.owner.execute("ANALYZE")
        await asyncio.sleep(0.5)
        async with scene.receiver.delete("/"):
            pass
        await scene.tell_steadily(types, plan.webhook_seconds)
        await asyncio.sleep(0.5)
        waits = [wait for path, seen in (await scene.seen()).items() if "/fast/" in path for wait in seen.waits_ms]
        p50.append(percentile(waits, 0.50))
        p95.append(percentile(waits, 0.95))
    await scene.forget(ids)
    if hanging:
        what = "the same while a fifth of the endpoints hang, p95"
        return [Figure("webhook_p95_hanging", what, "ms", series(p95), wanted=Wanted(at_most=80))]
    rate = f"at {_FACTS_PER_SECOND} facts/s"
    return [
        Figure("webhook_p50", f"from a fact to its first delivery, {rate}, p50", "ms", series(p50), wanted=Wanted(at_most=15)),
        Figure("webhook_p95", f"from a fact to its first delivery, {rate}, p95", "ms", series(p95), wanted=Wanted(at_most=40)),
    ]  # fmt: skip


async def _measure_throughput(scene: Scene, plan: Plan) -> list[Figure]:
    """What was parked is sent when endpoints are enabled: logged, signed, to a receiver that answers at once."""
    rates, costs = [], []
    for _ in range(plan.repeats):
        ids = [await scene.endpoint(f"/fast/{kind}", kind, concurrency=_CONCURRENCY) for kind in _FAST]
        await _park(scene, ids, _FAST, plan.deliveries)
        before = read_use(scene.stage.system)
        for each in ids:
            await scene.switch(each, "enable")
        await scene.until_stand(ids, ["delivered"], plan.deliveries)
        after = read_use(scene.stage.system)
        seen = [each for path, each in (await scene.seen()).items() if path.startswith("/fast/")]
        seconds = max(each.last_at for each in seen) - min(each.first_at for each in seen)
        rates.append(sum(each.count for each in seen) / seconds)
        costs.append(
            " ".join(
                f"{part} {(after[part].core_seconds - before[part].core_seconds) / plan.deliveries * 1e6:.0f} µs"
                for part in (_WORKER, "postgres")
            )
        )
        await scene.forget(ids)
    what = "logged, signed deliveries to a fast receiver, one worker"
    note = f"a delivery costs: {costs[-1]} of a core"
    return [Figure("webhook_deliveries", what, "deliveries/s", series(rates), wanted=Wanted(at_least=1_200), note=note)]


async def _measure_backlog(scene: Scene, plan: Plan) -> list[Figure]:
    """A backlog goes out at the endpoint's limit, while the others get theirs at once and the worker does not grow."""
    late, others = _HANGING[0], _FAST
    ids = [await scene.endpoint("/late", late, concurrency=_CONCURRENCY, ratePerSecond=_LIMIT_PER_SECOND)]
    await _park(scene, ids, [late], plan.backlog)
    ids += [await scene.endpoint(f"/fast/{kind}", kind) for kind in others]
    await scene.tell_steadily(others, 2.0)
    async with scene.receiver.delete("/"):
        pass
    memory = [_memory_mb(scene)]
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(_watch_memory(scene, memory))
        await scene.switch(ids[0], "enable")
        await scene.tell_steadily(others, plan.backlog / _LIMIT_PER_SECOND * 0.8)
        await scene.until_stand(ids[:1], ["delivered"], plan.backlog)
        watching.cancel()
    seen = await scene.seen()
    rate = seen["/late"].count / (seen["/late"].last_at - seen["/late"].first_at)
    waits = [wait for path, each in seen.items() if "/fast/" in path for wait in each.waits_ms]
    await scene.forget(ids)
    return [
        Figure(
            "webhook_drain", f"a backlog of {plan.backlog:,} to an endpoint that takes {_LIMIT_PER_SECOND}/s", "deliveries/s",
            series([rate]), wanted=Wanted(at_least=0.9 * _LIMIT_PER_SECOND, at_most=1.1 * _LIMIT_PER_SECOND),
            note=f"the worker had {memory[0]:.1f} MB, and {max(memory):.1f} at most",
        ),
        Figure(
            "webhook_p95_backlog", f"the others meanwhile, at {_FACTS_PER_SECOND} facts/s, p95", "ms",
            series([percentile(waits, 0.95)]), wanted=Wanted(at_most=80),
        ),
    ]  # fmt: skip


async def _watch_memory(scene: Scene, memory: list[float]) -> None:
    while True:
        await asyncio.sleep(_MEMORY_SECONDS)
        memory.append(_memory_mb(scene))


def _memory_mb(scene: Scene) -> float:
    return read_use(scene.stage.system)[_WORKER].memory_bytes / 1e6


async def _measure_idling(scene: Scene) -> list[Figure]:
    """Nothing happens, to very many."""
    one = await scene.endpoint("/idle", _HANGING[0])
    await told_facts.add_idle_endpoints(scene.stage.owner, one, _IDLE_ENDPOINTS)
    await scene.stage.owner.execute("ANALYZE webhooks.webhook_endpoints, webhooks.endpoint_state")
    await asyncio.sleep(3.0)
    before = read_use(scene.stage.system)[_WORKER].core_seconds
    await asyncio.sleep(_IDLE_SECONDS)
    share = 100 * (read_use(scene.stage.system)[_WORKER].core_seconds - before) / _IDLE_SECONDS
    await scene.forget([one])
    what = f"the worker, idle, with {_IDLE_ENDPOINTS:,} endpoints"
    return [Figure("webhook_idle", what, "% of a core", series([share]), wanted=Wanted(at_most=2))]


async def _park(scene: Scene, ids: Sequence[UUID], types: Sequence[str], count: int) -> None:
    for each in ids:
        await scene.switch(each, "disable")
    left = count
    while left > 0:
        await scene.tell(types, min(left, _TOGETHER))
        left -= _TOGETHER
    await scene.until_stand(ids, ["parked"], count)


def _fact(org_id: UUID, event_type: str) -> Outgoing:
    """A fact of about the size of an invoice."""
    record = BillingFact(
        org_id=org_id,
        event_id=new_id(),
        type=event_type,
        occurred_at=Clock().wall(),
        customer_id="customer",
        subscription_id=None,
        invoice_id=None,
        version=1,
        webhook_data={"invoice": {f"member{n}": "x" * 40 for n in range(24)}},
    )
    return Outgoing(BILLING_EVENTS, tenant_key(org_id, str(record.event_id)), encode(record))


@asynccontextmanager
async def _scene(stage: Stage) -> AsyncIterator[Scene]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.receiving"), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        if process.stdout is None:
            raise MeasurementFailed("The receiver has no output.")
        url = f"http://127.0.0.1:{int(await process.stdout.readline())}"
        async with aiohttp.ClientSession(url, trust_env=False) as receiver:
            yield Scene(stage, receiver, url, await store.read_organization(stage.owner))
    finally:
        process.terminate()
        await process.wait()
