"""The guardian of one process: it ends the process when its runner is gone, however the runner went.

Usage: guardian.py CONTROL_FD STOP_SIGNAL GRACE_SECONDS REMOVE_FOLDER COMMAND...

The runner holds the other end of the control socket and nobody else does; the kernel closes it even after kill -9.
End of file, "S" or SIGTERM: stop (STOP_SIGNAL, and SIGKILL after the grace). "K": SIGKILL now. After an end of file
REMOVE_FOLDER, if not empty, is deleted. The guardian exits when nothing of the process is left, with its exit code.

A parent-death signal would be shorter, but entering a user namespace clears it. Standard library only, started with
`-I -S`: there is one guardian for each part, and each must cost milliseconds.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_FOREVER_SECONDS = 3600.0


class Guarded:
    """The process and everything it leaves behind. `status` is its exit code once it has ended."""

    def __init__(self, command: list[str]) -> None:
        self.wakeups, wakeup_writer = os.pipe()
        for end in (self.wakeups, wakeup_writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wakeup_writer, warn_on_full_buffer=False)
        # Handlers, not SIG_IGN: an ignored signal would stay ignored in the process.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: None)
        self.status: int | None = None
        self.pid = os.posix_spawnp(command[0], command, os.environ, setsid=True)

    def reap(self) -> None:
        """Collect what has ended: the process, and orphans of its that came to us."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.pid:
                    code = os.waitstatus_to_exitcode(status)
                    self.status = code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        """Send a signal to the process; it cannot be another's pid, because only `reap` frees it."""
        if self.status is None:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> None:
        """Return when the process has ended or the time is over."""
        deadline = time.monotonic() + seconds
        self.reap()
        while self.status is None and (left := deadline - time.monotonic()) > 0:
            select.select([self.wakeups], [], [], left)
            self.drain()
            self.reap()

    def drain(self) -> bytes:
        """The numbers of the signals that arrived."""
        with contextlib.suppress(BlockingIOError):
            return os.read(self.wakeups, 1024)
        return b""

    def sweep(self) -> None:
        """Kill what the process left behind (PostgreSQL's backends each lead their own session) until nothing is."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        while orphans := list(children_of(os.getpid())):
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-1, 0)


def children_of(parent: int) -> Iterator[int]:
    """Pids whose parent is `parent`. Nothing where there is no /proc: orphans go to init there."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in the second field may hold spaces and brackets; the fields after its last bracket may not.
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == parent:
                yield int(entry.parent.name)


def adopt_orphans() -> None:
    """Become the parent of what the process leaves behind, so that it can be ended too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def guard(guarded: Guarded, control: socket.socket, stop_signal: int, grace_seconds: float) -> bool:
    """Wait for the process's end or bring it about. True when the runner has gone."""
    while guarded.status is None:
        ready, _, _ = select.select([control.fileno(), guarded.wakeups], [], [], _FOREVER_SECONDS)
        asked_to_stop = signal.SIGTERM in guarded.drain()
        guarded.reap()
        command = control.recv(1) if control.fileno() in ready else None
        if command == b"K":
            guarded.signal(signal.SIGKILL)
            guarded.wait(_FOREVER_SECONDS)
        elif asked_to_stop or command is not None:
            guarded.signal(stop_signal)
            guarded.wait(grace_seconds)
            guarded.signal(signal.SIGKILL)
            guarded.wait(_FOREVER_SECONDS)
            return command == b""
    return False


def main(control_fd: str, stop_signal: str, grace_seconds: str, remove_folder: str, *command: str) -> int:
    """Start the process, tell the runner its pid, and stay until nothing of it is left."""
    control = socket.socket(fileno=int(control_fd))
    control.set_inheritable(False)
    adopt_orphans()
    guarded = Guarded(list(command))
    with contextlib.suppress(BrokenPipeError):  # a runner that is gone already is seen as end of file
        control.send(f"{guarded.pid}\n".encode())
    runner_is_gone = guard(guarded, control, int(stop_signal), float(grace_seconds))
    guarded.sweep()
    if runner_is_gone and remove_folder:
        shutil.rmtree(remove_folder, ignore_errors=True)
    return 1 if guarded.status is None else guarded.status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
