"""A guarded process ends when it should, whole, and its exit code is told."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from usageflow_local.errors import LocalRuntimeError
from usageflow_local.process import Command, GuardedProcess

IGNORES_SIGTERM = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
LEAVES_A_SESSION_BEHIND = "setsid sh -c 'exec sleep 1000' & echo ready; wait"


@pytest.fixture
def start(home: Path) -> Callable[..., GuardedProcess]:
    """Starts a shell script and returns when it has said something."""

    def start(script: str, grace_seconds: float = 5) -> GuardedProcess:
        log = home / "shell.log"
        process = GuardedProcess(
            Command(["sh", "-c", script], dict(os.environ), folder=home, log=log, grace_seconds=grace_seconds)
        )
        while process.poll() is None and not log.read_bytes():
            time.sleep(0.01)
        return process

    return start


def test_a_process_that_does_not_want_to_end_is_killed_after_its_grace(start: Callable[..., GuardedProcess]) -> None:
    process = start(IGNORES_SIGTERM, grace_seconds=0.3)
    began = time.monotonic()
    assert process.stop() == 128 + signal.SIGKILL
    assert 0.3 <= time.monotonic() - began < 5


@pytest.mark.parametrize("end", [GuardedProcess.stop, GuardedProcess.kill])
def test_what_a_process_leaves_behind_ends_with_it(
    start: Callable[..., GuardedProcess], end: Callable[[GuardedProcess], int]
) -> None:
    process = start(LEAVES_A_SESSION_BEHIND)
    family = psutil.Process(process.guardian_pid).children(recursive=True)
    assert len(family) >= 2
    end(process)
    assert psutil.wait_procs(family, timeout=5)[1] == []


async def test_the_exit_code_is_told(start: Callable[..., GuardedProcess]) -> None:
    assert await start("echo ready; exit 7").ended() == 7
    assert await start("echo ready; kill -TERM $$").ended() == 128 + signal.SIGTERM


async def test_a_process_whose_guardian_was_killed_is_killed_too(start: Callable[..., GuardedProcess]) -> None:
    process = start("echo ready; exec sleep 1000")
    sleeping = psutil.Process(process.pid)
    os.kill(process.guardian_pid, signal.SIGKILL)
    assert await process.ended() == 128 + signal.SIGKILL
    assert (await asyncio.to_thread(psutil.wait_procs, [sleeping], 5))[1] == []


def test_a_program_that_does_not_exist_is_an_error(home: Path) -> None:
    with pytest.raises(LocalRuntimeError, match="Could not start /no/such/program"):
        GuardedProcess(Command(["/no/such/program"], dict(os.environ), folder=home, log=home / "none.log"))
