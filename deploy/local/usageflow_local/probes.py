"""Readiness by asking for real work: a query of PostgreSQL, the metadata of Kafka."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from usageflow_local.errors import PartFailed
from usageflow_local.process import GuardedProcess

_PROBE_SECONDS_MAX = 5.0
_PAUSE_SECONDS = 0.05

Probe = Callable[[], Awaitable[None]]
"""Returns when the part does its work; raises when it does not, or not yet."""

_NOT_YET = (OSError, TimeoutError, EOFError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError)


async def probe_postgres(url: str) -> None:
    """One connection, one query."""
    connection = await asyncpg.connect(url, ssl=False, timeout=_PROBE_SECONDS_MAX)
    try:
        await connection.fetchval("SELECT 1", timeout=_PROBE_SECONDS_MAX)
    finally:
        await connection.close(timeout=_PROBE_SECONDS_MAX)


async def probe_kafka(bootstrap: str) -> None:
    """The broker answers, and counts itself among the living: only then can topics be made."""
    host, _, port = bootstrap.rpartition(":")
    # First the bare port, because the client reports every refused connection on the terminal.
    _, writer = await asyncio.open_connection(host, int(port))
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(_PROBE_SECONDS_MAX * 1000))
    try:
        await admin.start()
        if not (await admin.describe_cluster())["brokers"]:
            raise OSError("no broker is registered yet")
    finally:
        await admin.close()


def wait_until_ready(part: str, probe: Probe, process: GuardedProcess, log: Path, timeout_seconds: float) -> None:
    """Block until the probe succeeds. Raises PartFailed when the process ends or the time is over.

    May be called where an event loop runs: the probe has a thread and a loop of its own.
    """
    outcome: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(_probe_until_ready(part, probe, process, log, timeout_seconds))
        except BaseException as error:  # noqa: BLE001 carried over to the calling thread, which raises it
            outcome.append(error)

    thread = threading.Thread(target=body, name=f"probe-{part}", daemon=True)
    thread.start()
    thread.join()
    if outcome:
        raise outcome[0]


async def _probe_until_ready(
    part: str, probe: Probe, process: GuardedProcess, log: Path, timeout_seconds: float
) -> None:
    last_error: BaseException | None = None
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                if (code := process.poll()) is not None:
                    raise PartFailed(part, f"ended with exit code {code} before it was ready", log)
                try:
                    return await probe()
                except _NOT_YET as error:
                    last_error = error
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError:
        raise PartFailed(part, f"was not ready after {timeout_seconds:.0f} s ({last_error!r})", log) from None
