"""One process of a service: its HTTP server and its tasks under one supervisor. A task that dies ends the process, and says why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI

Task = Callable[[], Awaitable[None]]


async def serve(
    app: FastAPI, *, host: str, port: int, tasks: Mapping[str, Task] | None = None, drain_seconds: float = 8.0
) -> int:
    """Serve until SIGTERM or SIGINT, or until a task ends; returns the exit code (0 after a signal, 1 after a death).

    On a signal: /ready turns 503, the listener closes, requests under way finish, then tasks are cancelled; all within `drain_seconds`.
    The lifespan of `app` starts first and may register further tasks by `supervise`.
    """
    raise NotImplementedError


def supervise(app: FastAPI, name: str, task: Task) -> None:
    """From a lifespan: run `task` under the process's supervisor."""
    raise NotImplementedError


def main(coroutine: Callable[[], Awaitable[int]]) -> None:
    """Run on uvloop with structured logs and leave with the returned exit code."""
    raise NotImplementedError
