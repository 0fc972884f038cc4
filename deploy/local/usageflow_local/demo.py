"""The demo organization of a local installation, made once, and its API key, kept so that it can be shown again."""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from usageflow_local.private import write_private

OWNER_EMAIL: Final = "owner@demo.example"
_PASSWORD_BYTES = 12


class Run(Protocol):
    """Runs an operators' command of the gateway, which reads what is typed, and returns what it printed. Raises when it fails."""

    def __call__(self, words: list[str], typed: str = "", /) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class Demo:
    """`api_key` and `password` are None only between the steps of making them; without an owner nobody signs in."""

    org_id: str
    api_key: str | None = None
    email: str | None = None
    password: str | None = None


def kept_demo(path: Path, run: Run, *, owner: bool = False) -> Demo:
    """The demo organization in the file; made the first time. Every step is written down before the next.

    `owner`: one that is made now gets somebody who can sign in to the dashboard.
    """
    demo = Demo(**json.loads(path.read_text())) if path.exists() else _create_organization(path, run, owner=owner)
    if demo.email and not demo.password:
        demo = _give_password(path, run, demo)
    return demo if demo.api_key else _create_key(path, run, demo)


def found_organization(run: Run, name: str, *, mode: str) -> str:
    """A new organization that nothing remembers, with a key for everything; returns the key."""
    founded = json.loads(run(["org", "create", "--name", name, "--mode", mode, "--json"]))
    return str(
        json.loads(run(["key", "create", "--org", founded["id"], "--name", name, "--scopes", "*", "--json"]))["secret"]
    )


def _create_organization(path: Path, run: Run, *, owner: bool) -> Demo:
    email = OWNER_EMAIL if owner else None
    answer = json.loads(
        run(["org", "create", "--name", "Demo", *(["--owner-email", email] if email else []), "--json"])
    )
    return _written(path, Demo(org_id=answer["id"], email=email))


def _give_password(path: Path, run: Run, demo: Demo) -> Demo:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    run(["user", "password", "--email", str(demo.email)], password + "\n")
    return _written(path, replace(demo, password=password))


def _create_key(path: Path, run: Run, demo: Demo) -> Demo:
    answer = json.loads(run(["key", "create", "--org", demo.org_id, "--name", "demo", "--scopes", "*", "--json"]))
    return _written(path, replace(demo, api_key=answer["secret"]))


def _written(path: Path, demo: Demo) -> Demo:
    write_private(path, json.dumps(asdict(demo)))
    return demo
