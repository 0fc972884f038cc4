"""Migrations: each service's schema, role and version table; forward only, under an advisory lock and a lock timeout.

A service's `migrations/env.py` is one call of `run_environment`; its `migrations/versions/` holds the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class ServiceSchema:
    """`service` names the schema and the package (`ingest` → `usageflow_ingest.migrations`); the role is `usageflow_<service>`."""

    service: str
    metadata: sa.MetaData
    append_only: Sequence[str] = ()
    """Tables on which the role may not UPDATE, DELETE or TRUNCATE (triggers refuse it to everybody else as well)."""


def upgrade(schema: ServiceSchema, *, owner_url: str, service_url: str) -> None:
    """Create schema and role where missing (the role's password is that of `service_url`), upgrade to the head, grant. Safe to repeat and to run twice at once."""
    raise NotImplementedError


def run_environment(schema: ServiceSchema) -> None:
    """The body of a service's `migrations/env.py`."""
    raise NotImplementedError


def refuse_changes(table: str, schema: str) -> str:
    """SQL of the triggers that refuse UPDATE, DELETE and TRUNCATE on a table; for use in a migration."""
    raise NotImplementedError
