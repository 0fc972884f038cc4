"""The services and their processes: how each is started, and where it listens by preference."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["api", "worker"]
KINDS: tuple[Kind, ...] = ("api", "worker")
WORKER_PORT_DISTANCE = 1000


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `program` takes `api`, `worker` or `migrate` as its next argument; `packages` are its code."""

    name: str
    port: int
    program: tuple[str, ...]
    packages: Sequence[str] = ()
    kinds: Sequence[Kind] = KINDS

    def part(self, kind: Kind) -> str:
        """The name of one of its processes, e.g. `ingest-worker`."""
        return f"{self.name}-{kind}"

    def preferred_port(self, kind: Kind) -> int:
        """Where the process listens if nobody else does."""
        return self.port if kind == "api" else self.port + WORKER_PORT_DISTANCE


def _ours(name: str, port: int) -> Service:
    package = f"usageflow_{name}"
    return Service(name, port, (sys.executable, "-m", package), (package, "usageflow_common"))


SERVICES: tuple[Service, ...] = (
    _ours("gateway", 8080),
    _ours("ingest", 8081),
    _ours("aggregator", 8082),
    _ours("invoicer", 8083),
    _ours("webhooks", 8084),
)
"""In the order of their migrations: a topic is made by its owner before anyone reads it."""
