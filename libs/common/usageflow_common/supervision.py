"""The tasks of a process: the first that ends, by an error or simply by returning, is a death, and ends the process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from usageflow_common import logs

Task = Callable[[], Awaitable[None]]

_log = logs.get_logger(__name__)


class Supervisor:
    """Runs tasks until the first of them ends, by an error or simply by returning: both are a death."""

    def __init__(self) -> None:
        self._waiting: dict[str, Task] = {}
        self._running: dict[asyncio.Task[None], str] = {}
        self._stopping = False
        self.death = asyncio.Event()
        """Set when a task has ended by itself."""

    def start(self, name: str, task: Task) -> None:
        """Run the task from now on."""
        running = asyncio.get_running_loop().create_task(_run(task), name=name)
        self._running[running] = name
        running.add_done_callback(self._ended)

    def start_later(self, name: str, task: Task) -> None:
        """Run the task when the lifespan has started."""
        self._waiting[name] = task

    def start_waiting(self) -> None:
        """Start what waited for the lifespan."""
        for name, task in self._waiting.items():
            self.start(name, task)
        self._waiting.clear()

    async def stop(self) -> None:
        """Cancel the tasks and wait for their end."""
        self._stopping = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._stopping = False

    def _ended(self, task: asyncio.Task[None]) -> None:
        name = self._running.pop(task)
        error = None if task.cancelled() else task.exception()
        if self._stopping and error is None:
            return
        if error is None:
            _log.error("task_ended", task=name)
        else:
            _log.error("task_died", task=name, exc_info=error)
        self.death.set()


async def _run(task: Task) -> None:
    await task()


def supervise(app: FastAPI, name: str, task: Task) -> None:
    """From a lifespan: run `task` under the process's supervisor. It is cancelled before the lifespan's own clean-up."""
    supervisor: Supervisor = app.state.supervisor
    supervisor.start(name, task)
