"""Where the API is: from the environment, else from what `make run` left in the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from usageflow_cli.api import Connection


def find_connection() -> Connection:
    """USAGEFLOW_URL and USAGEFLOW_API_KEY, else the local installation's; leaves with exit code 2 when neither is known."""
    local = local_installation()
    url = os.environ.get("USAGEFLOW_URL") or local.get("USAGEFLOW_URL")
    api_key = os.environ.get("USAGEFLOW_API_KEY") or local.get("USAGEFLOW_API_KEY")
    if not url or not api_key:
        typer.echo("Set USAGEFLOW_URL and USAGEFLOW_API_KEY, or start a local installation first: make run", err=True)
        raise typer.Exit(2)
    return Connection(url.rstrip("/"), api_key)


def local_installation() -> dict[str, str]:
    """KEY=value pairs that `make run` wrote for the commands of this checkout; empty when there is none."""
    home = Path(os.environ.get("USAGEFLOW_HOME", ".usageflow"))
    path = home / "addresses.env"
    if not path.is_file():
        return {}
    return dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
