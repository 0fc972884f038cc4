"""One process of the system, tied to this runner: when the runner ends, however, the process ends."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

from usageflow_local import guardian
from usageflow_local.errors import LocalRuntimeError

_LOG_BYTES_MAX = 4 * 1024 * 1024
_SPAWN_SECONDS_MAX = 20.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Command:
    """How a process is started and ended. `log` receives both of its outputs."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    stop_signal: Signals = Signals.SIGTERM
    grace_seconds: float = 10.0
    remove_with_runner: Path | None = field(default=None)


class GuardedProcess:
    """A running process behind its guardian (see guardian.py)."""

    def __init__(self, command: Command) -> None:
        """Start it. Raises LocalRuntimeError when the program cannot be started at all."""
        rotate(command.log)
        self._grace_seconds = command.grace_seconds
        self._control, theirs = socket.socketpair()
        with theirs, command.log.open("ab") as log:
            self._guardian = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", guardian.__file__),
                    *(str(theirs.fileno()), str(int(command.stop_signal)), str(command.grace_seconds)),
                    str(command.remove_with_runner or ""),
                    *command.arguments,
                ],
                env=dict(command.environment),
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the runner, which stops the parts in order
            )
        self.started_at_monotonic = time.monotonic()
        self.pid = self._read_pid(command)

    def _read_pid(self, command: Command) -> int:
        self._control.settimeout(_SPAWN_SECONDS_MAX)
        line = self._control.recv(32)
        self._control.settimeout(0)
        if not line:
            self._guardian.wait()
            self._control.close()
            raise LocalRuntimeError(f"Could not start {command.arguments[0]}; see {command.log}")
        return int(line)

    @property
    def guardian_pid(self) -> int:
        """The guardian's pid."""
        return self._guardian.pid

    def poll(self) -> int | None:
        """The exit code (128 + n after signal n), or None while anything of the process runs."""
        code = self._guardian.poll()
        if code is None:
            return None
        self._control.close()
        if code < 0:  # the guardian itself was killed: nobody else would end the process now
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, Signals.SIGKILL)
        return code if code >= 0 else 128 - code

    async def ended(self) -> int:
        """Wait for the end and return the exit code."""
        while (code := self.poll()) is None:  # noqa: ASYNC110 a process's end sets no event; pidfds are Linux's alone
            await asyncio.sleep(_POLL_SECONDS)
        return code

    def stop(self) -> int:
        """Ask it to end, kill it after its grace; return when nothing of it is left."""
        return self._end(b"S")

    def kill(self) -> int:
        """SIGKILL; return when nothing of it is left."""
        return self._end(b"K")

    def _end(self, command: bytes) -> int:
        with contextlib.suppress(OSError):  # it has ended by itself
            self._control.send(command)
        self._guardian.wait(timeout=self._grace_seconds + _SPAWN_SECONDS_MAX)
        return self.poll() or 0


def rotate(log: Path) -> None:
    """Keep a log bounded: a big one becomes `<name>.1`, over the former one. The folder is made."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_name(f"{log.name}.1"))
