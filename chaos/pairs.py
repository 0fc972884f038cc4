"""Where a deployment rolls: every process of every service twice, each API behind a balancer, each process replaced as a pod would be."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from chaos.balancer import Balancer
from usageflow_common.settings import BusSettings
from usageflow_local.environment import environment_of
from usageflow_local.keeper import Keeper, PlainPart
from usageflow_local.ports import any_free_port
from usageflow_local.probes import probe_http, until_ready
from usageflow_local.process import Command
from usageflow_local.services import SERVICES, Kind, Service
from usageflow_local.system import System

READY_SECONDS_MAX: Final = 240.0
_LEAVE_SECONDS: Final = 1.0
"""Between leaving the balancer and SIGTERM: what preStop is in deploy/k8s, where news of it take longer."""

_ORDER: Final = ("aggregator", "invoicer", "webhooks", "ingest", "gateway")
"""Who reads before who writes, the door last."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One process that can be replaced. `keeper` None: the system keeps it."""

    name: str
    port: int
    keeper: Keeper | None
    balancer: Balancer | None


@dataclass(frozen=True, slots=True)
class Pairs:
    """The system, and its processes in the order in which they are replaced."""

    system: System
    folder: Path
    balancers: dict[str, Balancer]
    replicas: tuple[Replica, ...]

    @property
    def url(self) -> str:
        """Where clients go."""
        return self.balancers["gateway"].url

    @property
    def bus_settings(self) -> BusSettings:
        """How to read its topics."""
        partitions = environment_of("aggregator", "worker", self.system.site)["USAGEFLOW_EVENT_PARTITIONS"]
        return BusSettings(kafka_bootstrap=self.system.site.kafka_bootstrap, event_partitions=int(partitions))

    @property
    def digest_key(self) -> bytes:
        """The key of the proofs."""
        return base64.b64decode(self.system.site.credentials.digest_key)

    async def replace(self, replica: Replica) -> None:
        """Out of the balancer, SIGTERM, another process, ready, in again."""
        if replica.balancer is not None:
            replica.balancer.leave_out(replica.port)
            await asyncio.sleep(_LEAVE_SECONDS)
        if replica.keeper is None:
            await self.system.stop(replica.name)
            await self.system.resume(replica.name)
        else:
            await replica.keeper.stop()
            await replica.keeper.start()
        await until_ready(lambda: probe_http(replica.port), READY_SECONDS_MAX)
        if replica.balancer is not None:
            replica.balancer.take_in(replica.port)


@asynccontextmanager
async def open_pairs() -> AsyncIterator[Pairs]:
    """Everything runs twice; at the end every process has ended and the data is gone."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="usageflow-rolling-")))
        taken: set[int] = set()
        asked = {service.part("api"): _port(taken) for service in SERVICES}
        balancers = {}
        for service in SERVICES:
            balancer = Balancer([asked[service.part("api")]])
            balancers[service.name] = await stack.enter_async_context(balancer.open())
        urls = {f"USAGEFLOW_{name.upper()}_URL": balancer.url for name, balancer in balancers.items()}
        system = await stack.enter_async_context(
            System.start(
                folder, throwaway=True, demo=False, ports=asked, overrides=urls, ready_seconds=READY_SECONDS_MAX
            )
        )
        taken.update(system.ports.values())
        replicas = []
        for name in _ORDER:
            service = next(each for each in SERVICES if each.name == name)
            for kind in ("worker", "api"):
                balancer_of_kind = balancers[name] if kind == "api" else None
                first = service.part(kind)
                second = _second(system, service, kind, _port(taken), urls)
                stack.push_async_callback(second[1].stop)
                await second[1].start()
                replicas.append(Replica(first, system.ports[first], None, balancer_of_kind))
                replicas.append(Replica(f"{first}-2", second[0], second[1], balancer_of_kind))
        for replica in replicas:
            await until_ready(lambda port=replica.port: probe_http(port), READY_SECONDS_MAX)  # type: ignore[misc]  # bound
            if replica.keeper is not None and replica.balancer is not None:
                replica.balancer.take_in(replica.port)
        yield Pairs(system, folder, balancers, tuple(replicas))


def _port(taken: set[int]) -> int:
    port = any_free_port(except_for=taken)
    taken.add(port)
    return port


def _second(system: System, service: Service, kind: Kind, port: int, urls: dict[str, str]) -> tuple[int, Keeper]:
    """The same process once more, as another member of its groups."""
    like = service.part(kind)
    name = f"{like}-2"
    site = replace(system.site, ports={**system.ports, like: port})
    own = environment_of(service.name, kind, site) | {"USAGEFLOW_INSTANCE_ID": name} | urls
    log = system.log_of(like).with_name(f"{name}.log")
    command = Command(
        arguments=[sys.executable, "-m", f"usageflow_{service.name}", kind],
        environment={**os.environ, "PYTHONUNBUFFERED": "1", **own},
        folder=log.parent,
        log=log,
    )
    return port, Keeper(PlainPart(name, command), lambda _: None, lambda: None)
