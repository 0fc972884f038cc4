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
from usageflow_local.ports import HOST
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


async def probe_http(port: int, path: str = "/ready") -> None:
    """200 from a service. By hand: three lines of HTTP are not worth a client in the runner."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        status_line = await asyncio.wait_for(reader.readline(), _PROBE_SECONDS_MAX)
        if status_line.split()[1:2] != [b"200"]:
            raise OSError(f"{path} answered {status_line.decode(errors='replace').strip()!r}")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def until_ready(probe: Probe, timeout_seconds: float) -> None:
    """Return when the probe succeeds. Raises TimeoutError, with the last reason, when it does not in time."""
    last_error: BaseException | None = None
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                try:
                    return await probe()
                except _NOT_YET as error:
                    last_error = error
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError:
        raise TimeoutError(repr(last_error)) from None


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
    async def probe_the_living() -> None:
        if (code := process.poll()) is not None:
            raise PartFailed(part, f"ended with exit code {code} before it was ready", log)
        await probe()

    try:
        await until_ready(probe_the_living, timeout_seconds)
    except TimeoutError as error:
        raise PartFailed(part, f"was not ready after {timeout_seconds:.0f} s ({error})", log) from None
