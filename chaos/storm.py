"""The storm itself: senders and faults side by side; then healing, draining and the proof."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chaos import billing, deliveries, proof, store, told
from chaos.api import Api, StormFailed, open_api
from chaos.billed import compare_invoices
from chaos.deliveries import Endpoints
from chaos.moods import GONE
from chaos.outcome import Outcome
from chaos.plan import Fault, Plan, plan_faults
from chaos.proof import Difference
from chaos.receiver import Receiver, open_receiver
from chaos.rest import come_to_rest, prove_counting
from chaos.second_month import Dealings, live_through
from chaos.senders import SINGLES, STREAMS, Scene, Single, Stream
from chaos.stage import Stage
from chaos.timeline import Happening
from chaos.traffic import CUSTOMERS, EARLY_CUSTOMERS, METRICS
from usageflow import UsageFlowError
from usageflow_common.clock import Clock, instant_text
from usageflow_common.database import RawConnection, connect
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.topics import EVENTS_RAW

_SETTLE_SECONDS_MAX: Final = 120.0
_RUN_AT: Final = 0.4
"""When the early customers are billed, as a share of the storm."""

_SECOND_STORM_SECONDS: Final = 25.0
_SECOND_PAUSE_SECONDS: Final = 2.5
_REPUBLISHED_AT: Final = 0.6
_TRIES: Final = 40
_PAUSE_SECONDS: Final = 2.0
_STORED: Final = 3
"""The exit code of what is stored, and still to be sent by a worker."""

Announce = Callable[[str], None]


async def rage(stage: Stage, plan: Plan, announce: Announce, outcome: Outcome) -> None:
    """Carry the plan out and prove; fills `outcome` as it goes. Raises StormFailed when the system does not come to rest."""
    loop = asyncio.get_running_loop()
    today = Clock().wall().replace(hour=0, minute=0, second=0, microsecond=0)
    api_key = await asyncio.to_thread(stage.system.found_test_organization, "Storm")
    async with open_receiver(plan.seed) as receiver, open_api(stage.system.gateway_url, api_key) as api:
        await billing.prepare(api)
        endpoints = await deliveries.prepare(api, receiver)
        announce(f"{len(METRICS)} metrics, {len(CUSTOMERS)} customers; the storm begins")
        began_at = loop.time()
        scene = Scene(
            stage.system.gateway_url,
            api_key,
            plan.seed,
            today,
            outcome.books,
            outcome.timeline,
            lambda: loop.time() - began_at,
        )
        try:
            await _storm(stage, plan, scene, announce, lambda: billing.close(api, EARLY_CUSTOMERS, today))
        except BaseExceptionGroup as group:
            # What ended one of the tasks; that the others were ended with it says nothing.
            raise first_of(group) from group
        announce("healing")
        await stage.wait_all_ready()
        drained_from = loop.time()
        await come_to_rest(stage, announce)
        outcome.drain_seconds = loop.time() - drained_from
        announce("closing the month of the others")
        await billing.close(api, [each for each in CUSTOMERS if each not in EARLY_CUSTOMERS], today)
        await come_to_rest(stage, announce)
        announce("the second month begins")
        dealings = await _second_month(stage, plan, scene, announce, api)
        await stage.wait_all_ready()
        await come_to_rest(stage, announce)
        announce("receivers are well again, and get what they missed")
        receiver.calm()
        async with _looking(stage) as owner:
            await deliveries.settle(api, owner, endpoints)
        await come_to_rest(stage, announce)
        announce("comparing")
        await _prove(stage, api, outcome, today, dealings)
        await _prove_deliveries(stage, api, outcome, endpoints, receiver)


async def _second_month(stage: Stage, plan: Plan, scene: Scene, announce: Announce, api: Api) -> Dealings:
    """Billing goes on while parts go on dying, for a while."""
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    later = replace(plan, seconds=_SECOND_STORM_SECONDS, seed=plan.seed + 1, pause_seconds=_SECOND_PAUSE_SECONDS)
    strikes = asyncio.create_task(
        _strike_all(stage, later, replace(scene, elapsed=lambda: loop.time() - began_at), announce)
    )
    try:
        return await live_through(api, scene.books, scene.today, Clock().wall(), plan.seed)
    finally:
        await strikes


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception that is not a group."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


async def _storm(
    stage: Stage, plan: Plan, scene: Scene, announce: Announce, bill: Callable[[], Awaitable[None]]
) -> None:
    """Senders and faults until the time is over; then the streams settle what they hold, the singles give up."""
    streams = [Stream(scene, number, plan.rate / STREAMS) for number in range(STREAMS)]
    singles = [Single(scene, number) for number in range(SINGLES)]
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(each.run()) for each in streams]
        running += [group.create_task(each.run()) for each in singles]
        faults = group.create_task(_strike_all(stage, plan, scene, announce))
        billed = group.create_task(_bill_early(plan, bill))
        republished = group.create_task(_republish(stage, plan, announce))
        await asyncio.sleep(plan.seconds)
        for task in running:
            task.cancel()
        scene.timeline.ended(scene.elapsed())
        await faults
        announce("the storm is over; what is queued is sent")
        await stage.wait_all_ready()
        for stream in streams:
            try:
                await stream.finish(_SETTLE_SECONDS_MAX)
            except UsageFlowError as error:
                raise StormFailed(f"a stream of events could not be settled: {error}") from None
        await billed
        await republished


async def _bill_early(plan: Plan, bill: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(plan.seconds * _RUN_AT)
    await bill()


async def _republish(stage: Stage, plan: Plan, announce: Announce) -> None:
    """An operator sends a whole shard again, in a new generation, while everything breaks; tried until it is stored."""
    await asyncio.sleep(plan.seconds * _REPUBLISHED_AT)
    partition = plan.seed % stage.bus_settings.event_partitions
    for _ in range(_TRIES):
        code, output = await stage.operate("republish", str(partition))
        if code in {0, _STORED}:
            announce(f"partition {partition} is published again")
            return
        await asyncio.sleep(_PAUSE_SECONDS)
    raise StormFailed(f"republish ended with {code}: {output[-500:]}")


async def _strike_all(stage: Stage, plan: Plan, scene: Scene, announce: Announce) -> None:
    """Every fault at its time; each heals while the next ones come."""
    async with asyncio.TaskGroup() as group:
        for fault in plan_faults(plan):
            await asyncio.sleep(max(0.0, fault.at_seconds - scene.elapsed()))
            announce(f"{fault.kind} {fault.part}")
            group.create_task(_strike(stage, fault, scene))


async def _strike(stage: Stage, fault: Fault, scene: Scene) -> None:
    happening = Happening(fault, scene.elapsed())
    scene.timeline.happenings.append(happening)
    await stage.strike(fault)
    await stage.wait_ready(fault.part)
    happening.healed_at = scene.elapsed()


async def _prove(stage: Stage, api: Api, outcome: Outcome, today: datetime, dealings: Dealings) -> None:
    owner = await connect(stage.system.postgres.owner_url, application_name="chaos", command_seconds=120)
    bus = Bus(stage.bus_settings, "chaos")
    log = LogReader(bus, EVENTS_RAW)
    try:
        ends = {p: (await log.bounds(p)).end for p in range(bus.partitions(EVENTS_RAW))}
        events = await store.read_events(owner)
        await prove_counting(stage, owner, ends, events, outcome)
    finally:
        await owner.close()
        await log.stop()
    await _prove_sums(api, events, outcome, today)
    await _prove_rebuild(stage, api, outcome, today)
    invoices = await billing.verify_all(api)
    outcome.invoices = len(invoices)
    outcome.differences += compare_invoices(invoices, events, dealings)
    if {each.customer_id for each in invoices} != set(CUSTOMERS):
        outcome.differences.append(Difference("some customers have no invoice", "invoices"))
    outcome.differences += [Difference(f"{n} answers", what) for what, n in outcome.books.surprises.items()]


async def _prove_deliveries(stage: Stage, api: Api, outcome: Outcome, endpoints: Endpoints, receiver: Receiver) -> None:
    """What the invoicer told reached every receiver, or is parked for the one that has gone."""
    async with _looking(stage) as owner:
        facts = await store.read_facts(owner, endpoints.org_id)
        sent = await store.read_sent(owner, endpoints.org_id)
    outcome.facts, outcome.requests = len(facts), len(receiver.requests)
    invoices = [str(each["id"]) for customer_id in CUSTOMERS for each in await billing.issued(api, customer_id)]
    in_log = await deliveries.read_told(Bus(stage.bus_settings, "chaos"), endpoints.org_id)
    outcome.differences += told.compare_facts(in_log, invoices, facts)
    outcome.differences += told.compare_deliveries(facts, sent, endpoints.by_path, receiver.requests)
    outcome.differences += [Difference("a signature that is not right", each) for each in receiver.forged]
    gone = await api.get(f"/api/webhooks/endpoints/we_{endpoints.by_path[GONE].hex}")
    if (gone["status"], gone["disabledReason"]) != ("disabled", "gone"):
        outcome.differences.append(Difference(f"{gone['status']}, {gone['disabledReason']}", GONE))


@asynccontextmanager
async def _looking(stage: Stage) -> AsyncIterator[RawConnection]:
    owner = await connect(stage.system.postgres.owner_url, application_name="chaos", command_seconds=120)
    try:
        yield owner
    finally:
        await owner.close()


async def _prove_sums(api: Api, events: list[store.StoredEvent], outcome: Outcome, today: datetime) -> None:
    """What a tenant is told through the gateway is the sum of what its senders know."""
    from_at = (today - timedelta(days=32)).isoformat()
    for metric in (each for each in METRICS if each.is_told):
        for customer_id in CUSTOMERS:
            asked = {"metric": metric.code, "customerId": customer_id, "from": from_at, "to": today.isoformat()}
            told = (await api.get("/api/usage", asked))["total"]
            own = [
                each
                for each in events
                if (each.metric, each.customer_id) == (metric.code, customer_id) and each.occurred_at < today
            ]
            if problem := proof.compare_total(metric, own, told):
                outcome.differences.append(Difference(problem, f"{metric.code} of {customer_id}"))


async def _prove_rebuild(stage: Stage, api: Api, outcome: Outcome, today: datetime) -> None:
    """The system's own rebuild finds nothing to put right."""
    org_id = str((await api.get("/api/organization"))["id"])
    start_at, end_at = (instant_text(each) for each in (today - timedelta(days=40), today + timedelta(days=45)))
    code, output = await stage.operate("rebuild", "--org", org_id, "--from", start_at, "--to", end_at)
    if code != 0:
        outcome.differences.append(Difference(f"rebuild ended with {code}", output[-2_000:]))
