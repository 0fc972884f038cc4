"""What processes use: core-seconds and memory, by part of the system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # its stubs are not among the pinned packages

from bench.figures import PartUse
from usageflow_local.system import System


@dataclass(frozen=True, slots=True)
class Used:
    """By one part since it began, its children included."""

    core_seconds: float
    memory_bytes: int


def read_use(system: System) -> dict[str, Used]:
    """Every part that runs. Memory of several processes is counted by their shares of what they share."""
    return {state.name: _used(psutil.Process(state.pid)) for state in system.states if state.pid is not None}


def part_uses(before: Mapping[str, Used], after: Mapping[str, Used], events: int) -> tuple[PartUse, ...]:
    """What the parts used in between, for each million events."""
    return tuple(
        PartUse(
            part=part,
            core_seconds_per_million=(used.core_seconds - before[part].core_seconds) * 1_000_000 / events,
            memory_bytes=used.memory_bytes,
        )
        for part, used in after.items()
        if part in before
    )


def _used(process: psutil.Process) -> Used:
    children = [used for child in process.children(recursive=True) if (used := _of_child(child)) is not None]
    own = process.cpu_times()
    memory = process.memory_full_info().pss if children else process.memory_info().rss
    return Used(
        own.user + own.system + sum(used.core_seconds for used in children),
        memory + sum(used.memory_bytes for used in children),
    )


def _of_child(process: psutil.Process) -> Used | None:
    """None when it has ended meanwhile, as PostgreSQL's workers do."""
    try:
        times, memory = process.cpu_times(), process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return None
    return Used(times.user + times.system, memory)
