"""Homes with a space in their path, and a way to see what still runs in them."""

import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from usageflow_local.services import Service

Running = Callable[[], list[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "a home"
    folder.mkdir()
    return folder


@pytest.fixture
def running(home: Path) -> Running:
    """Names of the processes that have anything to do with the home, the tests' own excepted."""

    def look() -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                words = [process.cwd(), *process.cmdline()]
            except psutil.Error:
                continue
            if any(str(home) in word for word in words):
                found.append(process.name())
        return found

    return look


@pytest.fixture
def stand_ins() -> tuple[Service, ...]:
    """Two services whose programs are the tests' own."""
    program = str(Path(__file__).with_name("stand_in.py"))
    return tuple(
        Service(name, port, (sys.executable, program, name)) for name, port in (("gateway", 21080), ("ingest", 21081))
    )
