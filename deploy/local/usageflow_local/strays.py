"""Processes of a runner that was killed: their guardians are ending them, and nothing starts before they are gone."""

from collections.abc import Callable, Iterable
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are not among the pinned packages

_GUARDIAN = "guardian.py"


def await_guardians(pids: Iterable[int], timeout_seconds: float) -> int | None:
    """Wait until none of the pids is a guardian's. Returns the pid of one that stays, else None."""
    return _await_end(lambda process: process.pid in set(pids) and _is_guardian(process), timeout_seconds)


def await_postgres_on(data: Path, timeout_seconds: float) -> int | None:
    """Wait until no PostgreSQL process works on the data. Returns the pid of one that stays, else None."""
    return _await_end(lambda process: _works_on(process, data.resolve()), timeout_seconds)


def _await_end(is_stray: Callable[[psutil.Process], bool], timeout_seconds: float) -> int | None:
    strays = [process for process in psutil.process_iter() if is_stray(process)]
    _, alive = psutil.wait_procs(strays, timeout=timeout_seconds)
    return int(alive[0].pid) if alive else None


def _is_guardian(process: psutil.Process) -> bool:
    try:
        return any(word.endswith(_GUARDIAN) for word in process.cmdline())
    except psutil.Error:
        return False


def _works_on(process: psutil.Process, data: Path) -> bool:
    try:
        # Every process of a server has the data as its folder; their command lines are titles of its own making.
        return process.name().startswith("postgres") and Path(process.cwd()) == data
    except psutil.Error:
        return False
