"""Keeps one part running: a part that dies is started again with back-off, as Kubernetes would."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from usageflow_local.backoff import next_delay
from usageflow_local.errors import LocalRuntimeError
from usageflow_local.process import Command, GuardedProcess

Announce = Callable[[str], None]
_STOP_AGAIN_SECONDS = 0.2


class Keepable(Protocol):
    """A part. Its methods block; `start` may be called again after the process has ended."""

    @property
    def name(self) -> str: ...
    @property
    def log(self) -> Path: ...
    @property
    def process(self) -> GuardedProcess | None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


@dataclass(slots=True)
class PlainPart:
    """A part that is one command, started without waiting for its readiness."""

    name: str
    command: Command
    process: GuardedProcess | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.command.log

    def start(self) -> None:
        """Start the command."""
        self.process = GuardedProcess(self.command)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after the grace."""
        if self.process is not None:
            self.process.stop()

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()


class Keeper:
    """One part and the task that keeps it running. `changed` is called after every change of state.

    `restart_seconds`: always this delay, for a system whose parts are killed on purpose; None: the back-off.
    """

    def __init__(
        self, part: Keepable, announce: Announce, changed: Callable[[], None], restart_seconds: float | None = None
    ) -> None:
        self.part = part
        self.restarts = 0
        self.state = "not started"
        self._announce = announce
        self._changed = changed
        self._restart_seconds = restart_seconds
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the part and keep it running from then on. Raises what the first start raises."""
        await self._start()
        self._task = asyncio.create_task(self._keep(), name=f"keep-{self.part.name}")

    async def stop(self) -> None:
        """Stop the part, and let it be. A start that is under way ends with it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        await asyncio.to_thread(self.part.stop)
        self._enter("stopped")

    async def _start(self) -> None:
        self._enter("starting")
        starting = asyncio.create_task(asyncio.to_thread(self.part.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # The thread cannot be cancelled, but what it starts can be stopped.
            while not starting.done():
                await asyncio.to_thread(self.part.stop)
                await asyncio.wait([starting], timeout=_STOP_AGAIN_SECONDS)
            with contextlib.suppress(LocalRuntimeError):
                starting.result()
            raise
        self._enter("running")

    async def _keep(self) -> None:
        delay: int | None = None
        while True:
            began = time.monotonic()
            cause = await self._end_of_life()
            delay = next_delay(delay, time.monotonic() - began)
            pause = delay if self._restart_seconds is None else self._restart_seconds
            self._enter(f"starting again in {pause} s")
            self._announce(f"{self.part.name} {cause}; starting it again in {pause} s. Its log: {self.part.log}")
            await asyncio.sleep(pause)
            self.restarts += 1
            try:
                await self._start()
            except LocalRuntimeError as error:
                self._announce(str(error))
                await asyncio.to_thread(self.part.kill)  # it may run, and not be ready
                continue
            self._announce(f"{self.part.name} was started again")

    async def _end_of_life(self) -> str:
        process = self.part.process
        if process is None:
            return "did not start"
        return f"ended with exit code {await process.ended()}"

    def _enter(self, state: str) -> None:
        self.state = state
        self._changed()
