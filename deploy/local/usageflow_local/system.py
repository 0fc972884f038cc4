"""The whole system on this machine: PostgreSQL, Kafka and every process of every service, kept running until closed.

async with System.start(home, throwaway=True) as system:
    system.kill("aggregator-worker")
    await system.wait_ready("aggregator-worker")
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

from usageflow_local import dashboard as dashboard_part
from usageflow_local.credentials import kept_credentials
from usageflow_local.demo import Demo, found_organization, kept_demo
from usageflow_local.environment import Site, environment_of
from usageflow_local.errors import PartFailed
from usageflow_local.home import Home, PartState, RunnerState
from usageflow_local.kafka import LocalKafka
from usageflow_local.keeper import Announce, Keepable, Keeper
from usageflow_local.launch import Launcher
from usageflow_local.layout import choose_ports, random_ports, read_ports, write_ports
from usageflow_local.ports import HOST
from usageflow_local.postgres import DATABASE, LocalPostgres
from usageflow_local.probes import Probe, probe_http, probe_kafka, probe_postgres, until_ready
from usageflow_local.services import SERVICES, Service

_READY_SECONDS_MAX = 90.0


def silent(_message: str) -> None:
    """Announce to nobody."""


class System:
    """A system that runs. Made by `start`."""

    def __init__(
        self,
        home: Home,
        *,
        throwaway: bool,
        services: Sequence[Service],
        ports: Mapping[str, int],
        overrides: Mapping[str, str],
        announce: Announce,
        ready_seconds: float,
        durable: bool,
        restart_seconds: float | None,
    ) -> None:
        self.ports = ports
        self.postgres = LocalPostgres(home.folder, throwaway=throwaway, durable=durable, port=ports["postgres"])
        self.kafka = LocalKafka(home.folder, throwaway=throwaway, port=ports["kafka"])
        self.site = Site(
            owner_database_url=self.postgres.owner_url,
            database_url=lambda role, password: self.postgres.url(DATABASE, user=role, password=password),
            kafka_bootstrap=self.kafka.bootstrap,
            ports=ports,
            credentials=kept_credentials(home.credentials, [service.name for service in services]),
        )
        self._home = home
        self._services = services
        self._announce = announce
        self._ready_seconds = ready_seconds
        self._launcher = Launcher(home, self.site, overrides)
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        self._ready = False
        self._demo: Demo | None = None
        parts: list[Keepable] = [self.postgres, self.kafka]
        parts += [self._launcher.part(service, kind) for service in services for kind in service.kinds]
        if "dashboard" in ports:
            parts.append(dashboard_part.part(dashboard_part.FOLDER, home.logs, self.site))
        self._keepers = {part.name: Keeper(part, announce, self._write_state, restart_seconds) for part in parts}

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        home: Path,
        *,
        throwaway: bool = False,
        services: Sequence[Service] = SERVICES,
        ports: Mapping[str, int] | None = None,
        overrides: Mapping[str, str] | None = None,
        announce: Announce = silent,
        demo: bool = True,
        dashboard: bool = False,
        ready_seconds: float = _READY_SECONDS_MAX,
        durable: bool = False,
        restart_seconds: float | None = None,
    ) -> AsyncIterator[Self]:
        """Start everything and wait until it is ready; stop everything at the end.

        `ports` by part: a taken one is moved. `overrides`: environment for every process of the services. `demo`:
        make the demo organization. `dashboard`: build and start it too.
        `ready_seconds` bounds the wait for the services. `durable`: throw-away data is written as safely as
        any other. `restart_seconds`: parts that die start again after so long, without back-off. Raises LocalRuntimeError.
        """
        place = Home(home)
        with place.held():
            asked, last = ports or {}, read_ports(place.ports)
            chosen = (
                random_ports(services, asked=asked, dashboard=dashboard)
                if throwaway
                else choose_ports(services, asked=asked, last=last, dashboard=dashboard)
            )
            write_ports(place.ports, last | chosen)
            system = cls(
                place,
                throwaway=throwaway,
                services=services,
                ports=chosen,
                overrides=overrides or {},
                announce=announce,
                ready_seconds=ready_seconds,
                durable=durable,
                restart_seconds=restart_seconds,
            )
            try:
                await system._bring_up(demo=demo)
                yield system
            finally:
                await system._bring_down()

    @property
    def gateway_url(self) -> str:
        """Where clients go."""
        return self.site.url("gateway")

    @property
    def dashboard_url(self) -> str | None:
        """Where people go; None without a dashboard."""
        return self.site.dashboard_url if "dashboard" in self.ports else None

    @property
    def demo(self) -> Demo | None:
        """The demo organization; None without one."""
        return self._demo

    @property
    def api_key(self) -> str | None:
        """The demo organization's key; None without one."""
        return self._demo.api_key if self._demo else None

    def found_test_organization(self, name: str) -> str:
        """An organization in test mode, whose clock can move, with a key for everything: the key. Blocks."""
        gateway = next(service for service in self._services if service.name == "gateway")
        return found_organization(partial(self._launcher.operate, gateway), name, mode="test")

    @property
    def states(self) -> tuple[PartState, ...]:
        """Every part, as it is now."""
        return tuple(self._state_of(keeper) for keeper in self._keepers.values())

    def log_of(self, part: str) -> Path:
        """Where a part's output goes."""
        return self._keepers[part].part.log

    def kill(self, part: str) -> None:
        """SIGKILL a part and return when nothing of it is left. It is started again, after its back-off."""
        self._keepers[part].part.kill()

    async def stop(self, part: str) -> None:
        """Stop a part and leave it stopped."""
        await self._keepers[part].stop()

    async def resume(self, part: str) -> None:
        """Start a part that `stop` stopped."""
        await self._keepers[part].start()

    async def wait_ready(self, *parts: str, timeout_seconds: float = _READY_SECONDS_MAX) -> None:
        """Return when the parts (all of them, if none is named) do their work. Raises PartFailed when one does not."""
        await asyncio.gather(*(self._wait_ready(part, timeout_seconds) for part in parts or self._keepers))

    async def _bring_up(self, *, demo: bool) -> None:
        # The dashboard is built while the others start: they hardly need the same things.
        building = asyncio.create_task(self._build_dashboard()) if self.dashboard_url else None
        try:
            await self._bring_up_services(demo=demo)
            if building is not None:
                await building
                await self._keepers[dashboard_part.NAME].start()
                await self._see_ready(dashboard_part.NAME)
        finally:
            if building is not None and not building.done():
                building.cancel()
                await asyncio.wait([building])
        self._ready = True
        self._write_whereabouts()
        self._write_state()

    async def _build_dashboard(self) -> None:
        log = self._home.logs / f"{dashboard_part.NAME}-build.log"
        await dashboard_part.prepare(dashboard_part.FOLDER, log, self._announce)

    async def _bring_up_services(self, *, demo: bool) -> None:
        # 1. The two stores, side by side. The first failure is raised when both have come to rest.
        stores = (self.postgres.name, self.kafka.name)
        outcomes = await asyncio.gather(*(self._keepers[name].start() for name in stores), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        for name in stores:
            self._announce(f"{name} is ready at {HOST}:{self.ports[name]}")
        self._write_whereabouts()
        # 2. Schemas and topics, in the services' order.
        data_identity = self.postgres.data_identity + self.kafka.data_identity
        for service in self._services:
            self._announce(await self._launcher.migrate(service, data_identity))
        # 3. Every process at once; each waits for those that it needs.
        parts = [service.part(kind) for service in self._services for kind in service.kinds]
        for part in parts:
            await self._keepers[part].start()
        await asyncio.gather(*(self._see_ready(part) for part in parts))
        # 4. Something to begin with.
        gateway = next((service for service in self._services if service.name == "gateway"), None)
        if demo and gateway is not None:
            operate = partial(self._launcher.operate, gateway)
            owner = self.dashboard_url is not None
            self._demo = await asyncio.to_thread(partial(kept_demo, self._home.demo, operate, owner=owner))

    async def _bring_down(self) -> None:
        """Services first, so that they can finish their work; then the stores."""
        self._ready = False
        stores = {self.postgres.name, self.kafka.name}
        await asyncio.gather(*(keeper.stop() for name, keeper in self._keepers.items() if name not in stores))
        await asyncio.gather(*(self._keepers[name].stop() for name in stores))
        await asyncio.to_thread(self.kafka.close)
        await asyncio.to_thread(self.postgres.close)

    async def _see_ready(self, part: str) -> None:
        await self._wait_ready(part, self._ready_seconds)
        self._announce(f"{part} is ready at {HOST}:{self.ports[part]}")

    async def _wait_ready(self, part: str, timeout_seconds: float) -> None:
        try:
            await until_ready(self._probe_of(part), timeout_seconds)
        except TimeoutError as error:
            what = f"was not ready after {timeout_seconds:.0f} s ({error})"
            raise PartFailed(part, what, self.log_of(part)) from None

    def _probe_of(self, part: str) -> Probe:
        match part:
            case self.postgres.name:
                return lambda: probe_postgres(self.postgres.owner_url)
            case self.kafka.name:
                return lambda: probe_kafka(self.kafka.bootstrap)
            case dashboard_part.NAME:
                return lambda: probe_http(self.ports[part], "/healthz")
            case _:
                return lambda: probe_http(self.ports[part])

    def _write_whereabouts(self) -> None:
        """Addresses for tools and tests; for operators' commands what migrations get, which is the most."""
        self._home.write_addresses(self._addresses())
        for service in self._services:
            self._home.write_environment(service.name, environment_of(service.name, "migrate", self.site))

    def _addresses(self) -> dict[str, str]:
        """What tools and tests want to know."""
        urls = {f"USAGEFLOW_{service.name.upper()}_URL": self.site.url(service.name) for service in self._services}
        known = {
            "USAGEFLOW_OWNER_DATABASE_URL": self.site.owner_database_url,
            "USAGEFLOW_KAFKA_BOOTSTRAP": self.site.kafka_bootstrap,
            **urls,
        }
        if "USAGEFLOW_GATEWAY_URL" in urls:
            known["USAGEFLOW_URL"] = urls["USAGEFLOW_GATEWAY_URL"]
        if self.dashboard_url:
            known["USAGEFLOW_DASHBOARD_URL"] = self.dashboard_url
        if self.api_key:
            known["USAGEFLOW_API_KEY"] = self.api_key
        if self.demo and self.demo.email and self.demo.password:
            known |= {"USAGEFLOW_EMAIL": self.demo.email, "USAGEFLOW_PASSWORD": self.demo.password}
        return known

    def _state_of(self, keeper: Keeper) -> PartState:
        process = keeper.part.process
        alive = process is not None and process.poll() is None
        return PartState(
            name=keeper.part.name,
            state=keeper.state,
            address=f"{HOST}:{self.ports[keeper.part.name]}",
            pid=process.pid if process is not None and alive else None,
            guardian_pid=process.guardian_pid if process is not None and alive else None,
            restarts=keeper.restarts,
        )

    def _write_state(self) -> None:
        state = RunnerState(pid=os.getpid(), since=self._since, ready=self._ready, parts=self.states)
        self._home.write_state(state)
