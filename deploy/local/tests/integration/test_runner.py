"""A runner in a process of its own: however it ends, nothing stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from usageflow_local.home import Home

RUNNER = Path(__file__).with_name("run_stand_ins.py")


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _is_ready(home: Path) -> bool:
    state = Home(home).read_state()
    return state is not None and state.ready


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_runs_after_the_runner(
    home: Path, running: Callable[[], list[str]], number: signal.Signals, tmp_path: Path
) -> None:
    with (tmp_path / "terminal").open("wb") as terminal:
        runner = subprocess.Popen([sys.executable, RUNNER, home], stdout=terminal, stderr=subprocess.STDOUT)
    try:
        _until(lambda: _is_ready(home) or runner.poll() is not None)
        assert len([name for name in running() if name.startswith(("postgres", "java"))]) > 2
        runner.send_signal(number)
        code = runner.wait(timeout=40)
    finally:
        runner.kill()
        runner.wait()
    _until(lambda: running() == [], seconds=30)
    assert code == (-9 if number == signal.SIGKILL else 0)
    # Throw-away data goes with its runner, even when that was killed.
    assert not (home / "postgres").exists()
    assert not (home / "kafka").exists()


def test_up_status_down_and_clean_as_an_ordinary_user(home: Path, running: Callable[[], list[str]]) -> None:
    shed_root = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*shed_root, sys.executable, "-m", "usageflow_local", *words, "--home", home],
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    try:
        up = command("up")
        assert (up.returncode, "USAGEFLOW_KAFKA_BOOTSTRAP=127.0.0.1:" in up.stdout) == (0, True), up.stderr
        assert command("status").stdout.count("running") == 2
        assert command("clean").returncode == command("up").returncode == 4
    finally:
        down = command("down")
    assert (down.returncode, down.stdout) == (0, "Stopped.\n")
    assert running() == []
    assert command("status").returncode == 1
    assert "Nothing" in command("clean").stdout
    assert not home.exists()
