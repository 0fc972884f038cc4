"""One process of a service: its HTTP server and its tasks under one supervisor. A task that dies ends the process, and says why."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import uvicorn
import uvloop
from fastapi import FastAPI

from usageflow_common import logs
from usageflow_common.connections import ConnectionLimits, Connections, within_open_files
from usageflow_common.http.protocol import BoundedProtocol
from usageflow_common.supervision import Supervisor, Task, supervise

__all__ = ["Command", "Task", "command_line", "main", "serve", "supervise"]

_BACKLOG: Final = 2048
_ALLOCATIONS_BETWEEN_COLLECTIONS: Final = 50_000

_log = logs.get_logger(__name__)


async def serve(
    app: FastAPI,
    *,
    host: str,
    port: int,
    tasks: Mapping[str, Task] | None = None,
    drain_seconds: float = 8.0,
    limits: ConnectionLimits | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT, or until a task ends; returns the exit code (0 after a signal, 1 after a death).

    On a signal: /ready turns 503, the listener closes, requests under way finish, then tasks are cancelled; all within `drain_seconds`.
    Clients have as many connections as `limits` and the system's own limit on open files permit.
    The lifespan of `app` (made by `create_app`) starts first and may register further tasks by `supervise`.
    """
    supervisor: Supervisor = app.state.supervisor
    for name, task in (tasks or {}).items():
        supervisor.start_later(name, task)
    try:
        listener = _listen(host, port)
    except OSError as error:
        _log.error("cannot_listen", host=host, port=port, reason=error.strerror)
        return 1
    connections = Connections(within_open_files(limits or ConnectionLimits()))
    server = _Server(_configure(app, drain_seconds, connections))
    stopped = asyncio.Event()
    with _signals(stopped):
        serving = asyncio.get_running_loop().create_task(_serve(server, listener))
        _log.info("serving", host=host, port=listener.getsockname()[1])
        signalled = await _first_of(serving, stopped, supervisor.death)
        app.state.draining = True
        server.should_exit = True
        await _finish(serving, drain_seconds)
    if supervisor.death.is_set() or not signalled:
        return 1
    _log.info("stopped")
    return 0


async def _serve(server: _Server, listener: socket.socket) -> None:
    try:
        await server.serve(sockets=[listener])
    except SystemExit:
        _log.error("start_failed")


async def _first_of(serving: asyncio.Task[None], stopped: asyncio.Event, death: asyncio.Event) -> bool:
    """Wait for the server's end, a signal or a death; whether it was the signal."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stopped, death)]
    await asyncio.wait([serving, *waits], return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return stopped.is_set()


async def _finish(serving: asyncio.Task[None], drain_seconds: float) -> None:
    """Let the server drain; what has not ended by then is cut off."""
    _, late = await asyncio.wait([serving], timeout=drain_seconds)
    if late:
        _log.warning("drain_cut_off", seconds=drain_seconds)
        serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


class _Server(uvicorn.Server):
    """uvicorn without handlers of its own for signals: the drain is ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configure(app: FastAPI, drain_seconds: float, connections: Connections) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=partial(BoundedProtocol, connections=connections),  # type: ignore[arg-type]  # called as its class would be
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=75,
        # tasks and the lifespan's clean-up need their share of the time as well
        timeout_graceful_shutdown=max(1, int(drain_seconds * 3 / 4)),
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
    return listener


@contextlib.contextmanager
def _signals(stopped: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    handled = (signal.SIGTERM, signal.SIGINT)
    for number in handled:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def main(coroutine: Callable[[], Awaitable[int]], *, service: str = "usageflow", log_level: str = "INFO") -> None:
    """Run on uvloop with structured logs and leave with the returned exit code."""
    logs.configure(service, log_level)
    # What is there at the start stays, and looking for cycles every 700 objects takes a tenth of the time on a hot path.
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    sys.exit(uvloop.run(_returning(coroutine)))


async def _returning(coroutine: Callable[[], Awaitable[int]]) -> int:
    return await coroutine()


@dataclass(frozen=True, slots=True)
class Command:
    """One word of a service's command line. `run` answers the exit code; `arguments` declares what it takes."""

    name: str
    summary: str
    run: Callable[[argparse.Namespace], Awaitable[int]]
    arguments: Callable[[argparse.ArgumentParser], None] | None = None


def command_line(service: str, commands: Sequence[Command], arguments: Sequence[str] | None = None) -> None:
    """The body of a service's `__main__`: `python -m usageflow_<service> <command> …`. A name may be two words (`key create`)."""
    parser = argparse.ArgumentParser(prog=f"python -m usageflow_{service}")
    words = parser.add_subparsers(required=True, metavar="command")
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}  # argparse has no public name for it
    for command in commands:
        group, _, word = command.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = words.add_parser(group).add_subparsers(required=True, metavar="command")
        chosen = (groups[group] if group else words).add_parser(word, help=command.summary)
        chosen.set_defaults(run=command.run)
        if command.arguments is not None:
            command.arguments(chosen)
    parsed = parser.parse_args(arguments)
    main(lambda: parsed.run(parsed), service=service)
