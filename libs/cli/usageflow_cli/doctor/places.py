"""Where the doctor looks: each service's database by that service's role, and Kafka."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from usageflow_cli.operators import service_environment
from usageflow_common.database import RawConnection, connect
from usageflow_common.settings import BusSettings

_REVISION: Final = re.compile(r'^revision(?:: str)? = "([^"]+)"', re.MULTILINE)


def database_url(service: str) -> str | None:
    """None where nobody says it."""
    local = service_environment(service).get("USAGEFLOW_DATABASE_URL")
    return os.environ.get(f"USAGEFLOW_{service.upper()}_DATABASE_URL") or local


def bus_settings() -> BusSettings | None:
    """The environment's, over the local installation's; None where neither says where Kafka is."""
    kept = {**service_environment("ingest"), **os.environ}
    if "USAGEFLOW_KAFKA_BOOTSTRAP" not in kept:
        return None
    given = {
        name: kept[f"USAGEFLOW_{name.upper()}"]
        for name in BusSettings.model_fields
        if f"USAGEFLOW_{name.upper()}" in kept
    }
    return BusSettings.model_validate(given)


def newest_revision(service: str) -> str | None:
    """The last step of the service's migrations, as this version has them; None where the service is not installed (in an image)."""
    package = find_spec(f"usageflow_{service}")
    if package is None or not package.submodule_search_locations:
        return None
    steps = sorted((Path(package.submodule_search_locations[0]) / "migrations" / "versions").glob("[0-9]*.py"))
    found = _REVISION.search(steps[-1].read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{steps[-1].name} names no revision.")
    return found.group(1)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[RawConnection]:
    """A connection that can only read."""
    connection = await connect(
        url, application_name="usageflow doctor", settings={"default_transaction_read_only": "on"}, command_seconds=30
    )
    try:
        yield connection
    finally:
        await connection.close()
