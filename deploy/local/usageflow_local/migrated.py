"""Which migrations need not run again: those that succeeded with this code and these settings on this data.

Every migration may be repeated; this only saves the second that each takes to load, of the few that a start may take.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from usageflow_local.private import write_private
from usageflow_local.services import Service


def fingerprint(service: Service, environment: Mapping[str, str], data_identity: str) -> str | None:
    """One hash of all that a migration depends on. None, never remembered, when the code cannot be found."""
    code = [line for package in service.packages for line in _files_of(package)]
    if not code:
        return None
    everything = json.dumps([data_identity, sorted(environment.items()), code])
    return hashlib.sha256(everything.encode()).hexdigest()


def is_remembered(path: Path, service: str, mark: str | None) -> bool:
    """Whether the service's last successful migration has this fingerprint."""
    return mark is not None and _read(path).get(service) == mark


def remember(path: Path, service: str, mark: str | None) -> None:
    """Write down that the service's migration has succeeded."""
    if mark is not None:
        write_private(path, json.dumps(_read(path) | {service: mark}, indent=1))


def _read(path: Path) -> dict[str, str]:
    return json.loads(path.read_text()) if path.exists() else {}


def _files_of(package: str) -> Iterator[str]:
    """Name, size and time of every file of an installed package; its code is not run."""
    found = find_spec(package)
    for folder in (found.submodule_search_locations if found else None) or ():
        for file in sorted(Path(folder).rglob("*.*")):
            if file.is_file() and file.suffix != ".pyc":
                status = file.stat()
                yield f"{file} {status.st_size} {status.st_mtime_ns}"
