"""What a service's migrations need to know of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import sqlalchemy as sa

VERSION_TABLE: Final = "schema_version"
_SERVICE: Final = re.compile(r"[a-z][a-z_]{0,30}")


@dataclass(frozen=True, slots=True)
class ServiceSchema:
    """`service` names the schema and the package (`ingest` → `usageflow_ingest.migrations`); the role is `usageflow_<service>`."""

    service: str
    metadata: sa.MetaData
    append_only: Sequence[str] = ()
    """Tables on which the role may not UPDATE, DELETE or TRUNCATE (triggers refuse it to everybody else as well)."""
    fenced: Sequence[str] = ()
    """Tables, each with an `org_id`, that readers see of one organization alone. The service itself fills none of them by COPY."""

    def __post_init__(self) -> None:
        if not _SERVICE.fullmatch(self.service):
            raise ValueError(f"{self.service!r} cannot name a schema and a role.")

    @property
    def role(self) -> str:
        """The role that the service's processes log in with."""
        return f"usageflow_{self.service}"

    @property
    def reader(self) -> str:
        """The role that it takes on to read what is fenced."""
        return f"{self.role}_reader"

    @property
    def steps(self) -> Path:
        """The folder with env.py and versions/."""
        package = find_spec(f"usageflow_{self.service}")
        if package is None or not package.submodule_search_locations:
            raise ModuleNotFoundError(f"usageflow_{self.service} is not installed.")
        return Path(package.submodule_search_locations[0]) / "migrations"
