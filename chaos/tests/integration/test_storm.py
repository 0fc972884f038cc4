"""A short storm over real processes; and one that is interrupted leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder():
    """Where the storm's throw-away system lies. Short, for addresses of sockets; the test's own."""
    with tempfile.TemporaryDirectory(prefix="chaos-test-") as path:
        yield Path(path)


def storm(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "chaos", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # a test worker ignores it, and what is ignored is inherited
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # one thread, one call
    )


@pytest.mark.timeout(900)
def test_a_short_storm_loses_nothing_doubles_nothing_and_invents_nothing(folder):
    with storm(folder, "--seconds", "25", "--rate", "300") as running:
        output, _ = running.communicate(timeout=880)

    assert running.returncode == 0, output
    assert "Every acknowledged event counted once" in output
    assert list(folder.iterdir()) == []


@pytest.mark.timeout(300)
def test_an_interrupted_storm_leaves_neither_processes_nor_data(folder):
    with storm(folder) as running:
        me = psutil.Process(running.pid)
        while len(parts := me.children(recursive=True)) <= 2 or not list(folder.glob("*/kafka/log")):
            assert running.poll() is None, running.stdout.read()
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        output, _ = running.communicate(timeout=200)

    assert running.returncode == 130, output
    _, alive = psutil.wait_procs(parts, timeout=10)
    assert alive == []
    assert list(folder.iterdir()) == []
