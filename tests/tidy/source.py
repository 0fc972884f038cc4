"""What the tidy tests look at: every Python module of the project, parsed once."""

from __future__ import annotations

import ast
import gc
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("gateway", "ingest", "aggregator", "invoicer", "webhooks")


@dataclass(frozen=True, slots=True)
class Module:
    """One source file; `path` is relative to the root."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.parts or self.path.name == "conftest.py"

    @property
    def is_migration(self) -> bool:
        return "versions" in self.path.parts

    def inside(self, *names: str) -> bool:
        """Whether the module is one of these files, or lies in a folder of that name."""
        return any(name in self.path.parts or f"{name}.py" == self.path.name for name in names)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git tracks, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file())


@cache
def modules() -> tuple[Module, ...]:
    """All Python modules, tests included."""
    with _no_collection():
        return tuple(
            Module(path, text := (ROOT / path).read_text(encoding="utf-8"), ast.parse(text))
            for path in tracked_files()
            if path.suffix == ".py"
        )


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage is collected: where a test of before left an unfinished greenlet, its end would come in the middle of `ast.parse`,
    which then finds the stack at another depth (CPython 3.11: "AST constructor recursion depth mismatch").
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def product_modules() -> list[Module]:
    """All modules that run in production, on an operator's machine or here; no tests and no migrations."""
    return [module for module in modules() if not module.is_test and not module.is_migration]


def complaint(module: Module, node: ast.AST | None, words: str) -> str:
    """`path:line: words`."""
    return f"{module.path}:{getattr(node, 'lineno', 1)}: {words}"
