"""Which part listens where: the port that was asked for, else that of the last run, else the usual one; never a taken one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from usageflow_local.ports import any_free_port, preferred_port
from usageflow_local.private import write_private
from usageflow_local.services import Service

POSTGRES_PORT: Final = 15_432
KAFKA_PORT: Final = 19_092
DASHBOARD_PORT: Final = 3000


def usual_ports(services: Sequence[Service], *, dashboard: bool = False) -> dict[str, int]:
    """The documented port of every part; of the dashboard too, where it is one."""
    of_services = {service.part(kind): service.preferred_port(kind) for service in services for kind in service.kinds}
    return {
        "postgres": POSTGRES_PORT,
        "kafka": KAFKA_PORT,
        **of_services,
        **({"dashboard": DASHBOARD_PORT} if dashboard else {}),
    }


def choose_ports(
    services: Sequence[Service], *, asked: Mapping[str, int], last: Mapping[str, int], dashboard: bool = False
) -> dict[str, int]:
    """A free port for every part. `asked` and `last` may name some parts, and others that do not matter here."""
    chosen: dict[str, int] = {}
    for part, usual in usual_ports(services, dashboard=dashboard).items():
        wanted = asked.get(part) or last.get(part) or usual
        chosen[part] = preferred_port(wanted, except_for=chosen.values())
    return chosen


def random_ports(services: Sequence[Service], *, asked: Mapping[str, int], dashboard: bool = False) -> dict[str, int]:
    """For throw-away systems, of which several may run: no part at its usual port unless asked for."""
    parts = usual_ports(services, dashboard=dashboard)
    chosen = {part: asked[part] for part in parts if part in asked}
    for part in parts:
        if part not in chosen:
            chosen[part] = any_free_port(except_for=chosen.values())
    return chosen


def read_ports(path: Path) -> dict[str, int]:
    """The ports of the last run; none when there was no last run."""
    return json.loads(path.read_text()) if path.exists() else {}


def write_ports(path: Path, ports: Mapping[str, int]) -> None:
    """Remember the ports for the next run: as a whole, or a runner killed meanwhile would leave a file that stops the next."""
    write_private(path, json.dumps(dict(ports), indent=1))
