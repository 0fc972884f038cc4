"""The table for people and the JSON for machines. Both say the same; neither names the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, PartUse
from usageflow_common.clock import Clock, instant_text


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts that explain figures."""

    cores: int
    kernel: str
    python: str
    measured_at: str


@dataclass(frozen=True, slots=True)
class Results:
    """One run."""

    machine: Machine
    figures: tuple[Figure, ...]
    parts: tuple[PartUse, ...]


def this_machine() -> Machine:
    """Cores that this process may use, kernel, Python and the present instant."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        kernel=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        measured_at=instant_text(Clock().wall().replace(microsecond=0)),
    )


def write_results(path: Path, results: Results) -> None:
    """The whole run as JSON, medians and verdicts included."""
    content = {
        "machine": msgspec.to_builtins(results.machine),
        "figures": [_figure(figure) for figure in results.figures],
        "parts": msgspec.to_builtins(results.parts),
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")


def show_results(console: Console, results: Results) -> None:
    """The tables."""
    machine = results.machine
    console.print(f"\n{machine.cores} cores, {machine.kernel}, Python {machine.python}, {machine.measured_at}")
    console.print(figures_table(results.figures))
    if results.parts:
        console.print(parts_table(results.parts))


def figures_table(figures: Sequence[Figure]) -> Table:
    """One row a figure: median and spread, the same of its baseline, the ratio, what is wanted, and whether it is reached."""
    table = Table(
        "what", "figure", "±", "unit", "baseline", "±", "ratio", "wanted", "", box=None, pad_edge=False, expand=True
    )
    for figure in figures:
        baseline = figure.baseline
        table.add_row(
            f"{figure.what}" + (f"\n[dim]beside: {baseline.what}[/dim]" if baseline else ""),
            number(figure.series.median),
            f"{figure.series.spread:.0%}",
            figure.unit,
            number(baseline.series.median) if baseline else "–",
            f"{baseline.series.spread:.0%}" if baseline else "",
            f"{figure.ratio:.2f}" if figure.ratio is not None else "–",
            wanted_text(figure),
            {True: "[green]reached[/green]", False: "[red]missed[/red]", None: ""}[figure.is_reached],
        )
        if figure.note:
            table.add_row(f"[dim]{figure.note}[/dim]")
    return table


def parts_table(parts: Sequence[PartUse]) -> Table:
    """One row a process: what a million events cost it, and its memory."""
    table = Table("part", "core-seconds per million events", "memory, MB", box=None, pad_edge=False)
    for part in parts:
        table.add_row(part.part, f"{part.core_seconds_per_million:.1f}", f"{part.memory_bytes / 1e6:.0f}")
    return table


def wanted_text(figure: Figure) -> str:
    """The limits in words."""
    wanted = figure.wanted
    limits = (
        ("ratio ≥ {:.2f}", wanted.ratio_at_least),
        ("ratio ≤ {:.2f}", wanted.ratio_at_most),
        ("≥ {:,.0f}", wanted.at_least),
        ("≤ {:,.0f}", wanted.at_most),
    )
    return ", ".join(words.format(limit) for words, limit in limits if limit is not None)


def number(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _figure(figure: Figure) -> dict[str, Any]:
    baseline = figure.baseline
    return {
        "name": figure.name,
        "what": figure.what,
        "unit": figure.unit,
        "median": figure.series.median,
        "spread": figure.series.spread,
        "values": figure.series.values,
        "baseline": None
        if baseline is None
        else {
            "what": baseline.what,
            "median": baseline.series.median,
            "spread": baseline.series.spread,
            "values": baseline.series.values,
        },
        "ratio": figure.ratio,
        "wanted": msgspec.to_builtins(figure.wanted),
        "reached": figure.is_reached,
        "note": figure.note,
    }
