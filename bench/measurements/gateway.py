"""What the gateway adds: to a single event, to know a key, to write down a change; and whether many keys or connections change that."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from bench import store
from bench.figures import Baseline, Figure, Wanted, series
from bench.load import Job
from bench.measurements.plan import Plan
from bench.resources import read_use
from bench.stage import MeasurementFailed, Stage
from bench.store import many_keys
from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import create_engine, transaction
from usageflow_common.ids import new_id
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Actor, Caller, TokenSigner
from usageflow_gateway.access import CONNECTIONS, Access
from usageflow_gateway.domain.route_table import route_table
from usageflow_gateway.key_feed import KeyFeed
from usageflow_gateway.people_door import ISSUER, PeopleDoor
from usageflow_gateway.service.passwords import Passwords
from usageflow_gateway.service.sessions import People
from usageflow_gateway.tables import organizations
from usageflow_local.environment import environment_of

_IN_FLIGHT: Final = 64
_CONNECTIONS: Final = 1_000
_BODIES: Final = 4_000
_ENDLESS: Final = 10_000_000
_CHECKS: Final = 20_000
_CHANGES: Final = 200
_ORGANIZATIONS: Final = 10_000
_KEYS_EACH: Final = 5
_GATEWAY: Final = "gateway-api"
_STANDING_STILL: Final = ("aggregator-worker", "invoicer-worker")


async def measure_gateway(stage: Stage, plan: Plan) -> list[Figure]:
    """The hop, with few connections and many, and what a change costs that is written down."""
    audit = await _measure_audit(stage, plan)
    async with stage.without(*_STANDING_STILL):
        return [await _measure_hop(stage, plan), await _measure_connections(stage, plan), audit]


async def measure_many_keys(stage: Stage, plan: Plan) -> list[Figure]:
    """A key that is known, alone and among many. They stay."""
    async with stage.without(*_STANDING_STILL):
        return await _measure_keys(stage, plan)


async def _measure_hop(stage: Stage, plan: Plan) -> Figure:
    through, straight = [], []
    for _ in range(plan.repeats):
        token = await _token(stage)
        direct = replace(_job(stage, plan, _IN_FLIGHT), port=_port(stage, "ingest"), api_key=token)
        straight.append((await stage.load(direct)).requests_per_second)
        through.append((await stage.load(_job(stage, plan, _IN_FLIGHT))).requests_per_second)
    return Figure(
        name="gateway_hop",
        what=f"authenticated single events through the gateway, {_IN_FLIGHT} in flight",
        unit="events/s",
        series=series(through),
        baseline=Baseline("straight to ingest, with a token", series(straight)),
        wanted=Wanted(ratio_at_least=0.6),
    )


async def _measure_connections(stage: Stage, plan: Plan) -> Figure:
    many, few = [], []
    for _ in range(plan.repeats):
        few.append((await stage.load(_job(stage, plan, _IN_FLIGHT))).requests_per_second)
        many.append((await stage.load(_job(stage, plan, _CONNECTIONS))).requests_per_second)
    return Figure(
        name="gateway_connections",
        what=f"single events on {_CONNECTIONS:,} connections, each with one in flight",
        unit="events/s",
        series=series(many),
        baseline=Baseline(f"on {_IN_FLIGHT} connections", series(few)),
        wanted=Wanted(ratio_at_least=0.9),
    )


async def _measure_audit(stage: Stage, plan: Plan) -> Figure:
    """The same change with and without its stored answer and its audit entry, each in a transaction of its own, in turns."""
    org_id = await store.read_organization(stage.owner)
    alone, written_down = [], []
    async with _engine(stage) as engine:
        for _ in range(plan.repeats):
            without, within = [], []
            for _ in range(_CHANGES):
                without.append(await _change(engine, _caller(org_id), written_down=False))
                within.append(await _change(engine, _caller(org_id), written_down=True))
            alone.append(_undisturbed(without))
            written_down.append(_undisturbed(within))
    return Figure(
        name="gateway_audit",
        what="what a stored answer and an audit entry add to a change",
        unit="ms",
        series=series(more - less for more, less in zip(written_down, alone, strict=True)),
        baseline=Baseline("the change alone", series(alone)),
        wanted=Wanted(at_most=3.0),
    )


async def _measure_keys(stage: Stage, plan: Plan) -> list[Figure]:
    few_checks = [await _check_seconds(stage) for _ in range(plan.repeats)]
    few = [(await stage.load(_job(stage, plan, _IN_FLIGHT))).requests_per_second for _ in range(plan.repeats)]
    before = await _memory_bytes(stage)
    async with stage.without(_GATEWAY):  # it reads all keys when it starts
        keys = await many_keys.fill(stage.owner, _ORGANIZATIONS, _KEYS_EACH)
    many_checks = [await _check_seconds(stage) for _ in range(plan.repeats)]
    many = [(await stage.load(_job(stage, plan, _IN_FLIGHT))).requests_per_second for _ in range(plan.repeats)]
    grown = await _memory_bytes(stage) - before
    words = f"{_ORGANIZATIONS:,} organizations with {keys:,} keys"
    return [
        Figure(
            name="gateway_key",
            what="a key that is known is checked: the route, the key, its organization and its scope",
            unit="core-µs",
            series=series(few_checks),
            wanted=Wanted(at_most=10.0),
        ),
        Figure(
            name="gateway_key_of_many",
            what=f"the same among {words}",
            unit="core-µs",
            series=series(many_checks),
            baseline=Baseline("with one organization", series(few_checks)),
            wanted=Wanted(ratio_at_most=1.1),
        ),
        Figure(
            name="gateway_many_keys",
            what=f"single events, {words}",
            unit="events/s",
            series=series(many),
            baseline=Baseline("with one organization", series(few)),
            wanted=Wanted(ratio_at_least=0.9),
        ),
        Figure(
            name="gateway_memory",
            what=f"what the gateway's process grew by for {words}",
            unit="MB",
            series=series([grown / 1e6]),
        ),
    ]


async def _memory_bytes(stage: Stage) -> int:
    """Of a gateway that has started just now and taken some events."""
    async with stage.without(_GATEWAY):
        pass
    await stage.load(replace(_job(stage, Plan(), _IN_FLIGHT), seconds=1.0))
    return read_use(stage.system)[_GATEWAY].memory_bytes


async def _check_seconds(stage: Stage) -> float:
    """Core-microseconds of one admission by a door of our own, which follows the same keys."""
    async with _engine(stage) as engine:
        feed, clock = KeyFeed(engine), Clock()
        pepper = base64.b64decode(environment_of("gateway", "api", stage.system.site)["USAGEFLOW_KEY_PEPPER"])
        people = PeopleDoor(People(engine, Passwords(), clock), stage.system.gateway_url, pepper)
        access = Access(feed, engine, (pepper,), clock, people=people, table=route_table())
        following = asyncio.create_task(feed.run())
        try:
            if not await feed.fresh_within(1, patience_seconds=120):
                raise MeasurementFailed("The keys cannot be read.")
            headers = [(b"host", b"bench"), (b"authorization", f"Bearer {stage.api_key}".encode())]
            scope = {"type": "http", "method": "POST", "path": "/api/track", "raw_path": b"/api/track"}
            began = time.process_time()
            for _ in range(_CHECKS):
                await access.admit(Request({**scope, "headers": headers, "client": ("127.0.0.1", 1)}))
            return (time.process_time() - began) / _CHECKS * 1e6
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _change(engine: AsyncEngine, caller: Caller, *, written_down: bool) -> float:
    """Milliseconds of one transaction."""
    began = time.perf_counter()
    async with transaction(engine) as tx:
        if written_down and await operations.claim(tx, caller):
            raise MeasurementFailed("A new operation was known already.")
        row = organizations.update().where(organizations.c.org_id == caller.org_id).values(changed_at=Clock().wall())
        await tx.execute(row)
        if written_down:
            change = Change(
                "organization.updated", "organization", str(caller.org_id), {"graceHours": 1}, {"graceHours": 2}
            )
            await operations.finish(tx, caller, Answer(200, {"graceHours": 2}, etag="2"), change)
    return (time.perf_counter() - began) * 1e3


def _undisturbed(times: list[float]) -> float:
    """The fifth part that went fastest ends here."""
    return sorted(times)[len(times) // 5]


def _job(stage: Stage, plan: Plan, in_flight: int) -> Job:
    return Job(
        port=stage.gateway_port,
        path="/api/track",
        api_key=stage.api_key,
        mark=secrets.token_hex(6),
        events_per_request=1,
        bodies=_BODIES,
        in_flight=in_flight,
        requests=_ENDLESS,
        seconds=plan.seconds,
        warm_up_seconds=plan.warm_up_seconds,
    )


async def _token(stage: Stage) -> str:
    """What the gateway would sign for a caller that sends events; it lives for a minute."""
    environment = environment_of("gateway", "api", stage.system.site)
    key = base64.b64decode(environment["USAGEFLOW_TOKEN_PRIVATE_KEY"])
    signer = TokenSigner(key, environment["USAGEFLOW_TOKEN_KEY_ID"], ISSUER)
    org_id = await store.read_organization(stage.owner)
    return signer.sign(
        Caller(org_id, Actor("api_key", new_id(), "bench"), None, frozenset({"track:write"}), ISSUER), "ingest"
    )


def _caller(org_id: UUID) -> Caller:
    actor = Actor("operator", new_id(), "bench")
    return Caller(
        org_id, actor, None, frozenset(), ISSUER, operation_id=new_id(), fingerprint="f" * 64, idempotency_key="k"
    )


def _port(stage: Stage, service: str) -> int:
    return urlsplit(stage.system.site.url(service)).port or 80


@asynccontextmanager
async def _engine(stage: Stage) -> AsyncIterator[AsyncEngine]:
    url = environment_of("gateway", "api", stage.system.site)["USAGEFLOW_DATABASE_URL"]
    engine = create_engine(url, application_name="bench gateway", pool_size=CONNECTIONS)
    try:
        yield engine
    finally:
        await engine.dispose()
