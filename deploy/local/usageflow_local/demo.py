"""The demo organization of a local installation, made once, and its API key, kept so that it can be shown again."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from usageflow_local.private import write_private

Run = Callable[[list[str]], str]
"""Runs an operators' command of the gateway and returns what it printed. Raises when it fails."""


@dataclass(frozen=True, slots=True, repr=False)
class Demo:
    """`api_key` is None only between the two steps of making it."""

    org_id: str
    api_key: str | None = None


def kept_demo(path: Path, run: Run) -> Demo:
    """The demo organization in the file; made the first time. Every step is written down before the next."""
    demo = Demo(**json.loads(path.read_text())) if path.exists() else _create_organization(path, run)
    return demo if demo.api_key else _create_key(path, run, demo)


def found_organization(run: Run, name: str, *, mode: str) -> str:
    """A new organization that nothing remembers, with a key for everything; returns the key."""
    founded = json.loads(run(["org", "create", "--name", name, "--mode", mode, "--json"]))
    return str(
        json.loads(run(["key", "create", "--org", founded["id"], "--name", name, "--scopes", "*", "--json"]))["secret"]
    )


def _create_organization(path: Path, run: Run) -> Demo:
    answer = json.loads(run(["org", "create", "--name", "Demo", "--json"]))
    return _written(path, Demo(org_id=answer["id"]))


def _create_key(path: Path, run: Run, demo: Demo) -> Demo:
    answer = json.loads(run(["key", "create", "--org", demo.org_id, "--name", "demo", "--scopes", "*", "--json"]))
    return _written(path, Demo(org_id=demo.org_id, api_key=answer["secret"]))


def _written(path: Path, demo: Demo) -> Demo:
    write_private(path, json.dumps(asdict(demo)))
    return demo
