"""Where it is measured: a throw-away system on this machine with a metric, the bare server beside it, and load for both."""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from bench import store
from bench.bodies import CUSTOMERS, METRIC
from bench.load import BODIES_MAX, Job, Outcome
from usageflow_common.database import RawConnection, connect
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.settings import BusSettings
from usageflow_common.topics import EVENTS_RAW
from usageflow_local.environment import environment_of
from usageflow_local.system import System

ROOT: Final = Path(__file__).resolve().parents[1]
_POLL_SECONDS: Final = 0.02
WAIT_SECONDS_MAX: Final = 180.0
"""For what a measurement of the usual size waits, on a busy machine; larger ones wait longer."""
_LOAD_SECONDS_MAX: Final = 180.0
_BATCH_EVENTS: Final = 100
_PATIENT: Final = {"statement_timeout": "0", "transaction_timeout": "0"}
"""What fills tables by SQL takes longer than a service may."""
BATCHES_IN_FLIGHT: Final = 16
_WITHOUT_LIMITS: Final = {"USAGEFLOW_RATE_API": "1000000", "USAGEFLOW_RATE_TRACK": "1000000"}
"""One key sends everything: what is measured is what the system can do, not what one caller may."""


class MeasurementFailed(Exception):
    """What was to be measured did not work, so there is no figure."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a measurement needs. `owner` is an owner's connection to the system's database."""

    system: System
    http: aiohttp.ClientSession
    owner: RawConnection
    bus: Bus
    noop_port: int
    _log: LogReader = field(repr=False)

    @property
    def api_key(self) -> str:
        """The key of the system's organization."""
        key = self.system.api_key
        if key is None:
            raise MeasurementFailed("The system has no organization.")
        return key

    @property
    def gateway_port(self) -> int:
        """Where events go."""
        return urlsplit(self.system.gateway_url).port or 80

    async def post(self, path: str, body: Any) -> Any:
        """One mutation through the gateway; the answer's JSON."""
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        async with self.http.post(path, json=body, headers=headers) as response:
            return await _answer(response)

    async def get(self, path: str, **query: str) -> Any:
        """The JSON at `path`."""
        async with self.http.get(path, params=query) as response:
            return await _answer(response)

    async def delete(self, path: str) -> None:
        """Delete the resource at `path`."""
        async with self.http.delete(path, headers={"Idempotency-Key": secrets.token_hex(16)}) as response:
            response.raise_for_status()

    async def load(self, job: Job) -> Outcome:
        """Run a job in a process of its own. MeasurementFailed unless every answer was a 202."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.load"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        try:
            async with asyncio.timeout(_LOAD_SECONDS_MAX + job.seconds):
                output, _ = await process.communicate(msgspec.json.encode(job))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise MeasurementFailed("The load generator failed.")
        outcome = msgspec.json.decode(output, type=Outcome)
        if set(outcome.statuses) != {202}:
            raise MeasurementFailed(f"{job.path} answered {outcome.statuses}")
        return outcome

    def batches(self, events: int, *, seconds: float = 60.0, customers: int = CUSTOMERS) -> Job:
        """A job that sends so many events, each once, in batches through the gateway."""
        requests = min(BODIES_MAX, max(1, events // _BATCH_EVENTS))
        return Job(
            port=self.gateway_port,
            path="/api/track/batch",
            api_key=self.api_key,
            mark=secrets.token_hex(6),
            events_per_request=_BATCH_EVENTS,
            bodies=requests,
            in_flight=BATCHES_IN_FLIGHT,
            requests=requests,
            seconds=seconds,
            customers=customers,
        )

    async def fill(self, events: int, *, customers: int = CUSTOMERS) -> None:
        """Put so many new events into the log."""
        left = events
        while left > 0:
            left -= (await self.load(self.batches(left, customers=customers))).requests * _BATCH_EVENTS

    async def log_ends(self) -> store.Positions:
        """The ends of events.raw."""
        return {p: (await self._log.bounds(p)).end for p in range(self.bus.partitions(EVENTS_RAW))}

    async def until_counted(self) -> None:
        """Return when everything in the log is counted."""
        ends = await self.log_ends()
        await self.until("counting", lambda: store.have_reached(store.read_counted(self.owner), ends))

    async def until_applied(self) -> None:
        """Return when the invoicer has applied everything in the log."""
        ends = await self.log_ends()
        await self.until("applying", lambda: store.have_reached(store.read_applied(self.owner), ends))

    async def until(
        self,
        what: str,
        holds: Callable[[], Awaitable[bool]],
        *,
        every_seconds: float = _POLL_SECONDS,
        seconds_max: float = WAIT_SECONDS_MAX,
    ) -> None:
        """Ask until it holds. MeasurementFailed when that takes longer than `seconds_max`."""
        try:
            async with asyncio.timeout(seconds_max):
                while not await holds():  # noqa: ASYNC110 the condition is another process's
                    await asyncio.sleep(every_seconds)
        except TimeoutError:
            raise MeasurementFailed(f"{what} takes too long") from None

    @asynccontextmanager
    async def without(self, *parts: str) -> AsyncIterator[None]:
        """Stop parts that are not measured here; they run again afterwards."""
        for part in parts:
            await self.system.stop(part)
        try:
            yield
        finally:
            for part in parts:
                await self.system.resume(part)
            await self.system.wait_ready(*parts)


def client_of(url: str, api_key: str) -> aiohttp.ClientSession:
    """A session of an organization; answers may take minutes."""
    headers = {"Authorization": f"Bearer {api_key}"}
    return aiohttp.ClientSession(url, headers=headers, trust_env=False, timeout=aiohttp.ClientTimeout(total=600))


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Start the system and the bare server; everything has ended, and its data is gone, at the end."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="usageflow-bench-"))
        starting = System.start(Path(folder), throwaway=True, overrides=_WITHOUT_LIMITS)
        system = await stack.enter_async_context(starting)
        noop_port = await stack.enter_async_context(_noop_server())
        owner = await connect(system.postgres.owner_url, application_name="bench", settings=_PATIENT)
        stack.push_async_callback(owner.close)
        http = await stack.enter_async_context(client_of(system.gateway_url, system.api_key or ""))
        partitions = environment_of("aggregator", "worker", system.site)["USAGEFLOW_EVENT_PARTITIONS"]
        bus = Bus(BusSettings(kafka_bootstrap=system.site.kafka_bootstrap, event_partitions=int(partitions)), "bench")
        log = LogReader(bus, EVENTS_RAW)
        stack.push_async_callback(log.stop)
        stage = Stage(system, http, owner, bus, noop_port, log)
        await stage.post("/api/metrics", {"code": METRIC, "name": "Calls", "aggregation": "SUM"})
        yield stage


@asynccontextmanager
async def _noop_server() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.noop"), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        if process.stdout is None:
            raise MeasurementFailed("The bare server has no output.")
        yield int(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


async def _answer(response: aiohttp.ClientResponse) -> Any:
    if not response.ok:
        raise MeasurementFailed(f"{response.method} {response.url.path}: {response.status} {await response.text()}")
    return await response.json(loads=msgspec.json.decode)
