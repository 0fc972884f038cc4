"""Migrations: each service's schema, role and version table; forward only, under an advisory lock and a lock timeout.

A service's `migrations/env.py` is one call of `run_environment`; its `migrations/versions/` holds the steps: files written by
hand, `0001_<name>.py`, with `revision`, `down_revision` and `upgrade()`. A released step never changes.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import asyncpg
import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from usageflow_common.database import connect
from usageflow_common.ids import stable_hash
from usageflow_common.roles import Role, role_of

VERSION_TABLE: Final = "schema_version"
_WAIT_FOR_OTHERS: Final = "120s"
_SESSION: Final = {
    # A step that waits for a lock makes every later statement on that table wait behind it: it gives up and is run again.
    "lock_timeout": "10s",
    # Steps may take long, and hold no row that a service waits for longer than they must.
    "transaction_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_ALEMBIC: Final = threading.Lock()
"""alembic keeps its context, and `op`, once for the whole process."""

_SERVICE: Final = re.compile(r"[a-z][a-z_]{0,30}")


@dataclass(frozen=True, slots=True)
class ServiceSchema:
    """`service` names the schema and the package (`ingest` → `usageflow_ingest.migrations`); the role is `usageflow_<service>`."""

    service: str
    metadata: sa.MetaData
    append_only: Sequence[str] = ()
    """Tables on which the role may not UPDATE, DELETE or TRUNCATE (triggers refuse it to everybody else as well)."""

    def __post_init__(self) -> None:
        if not _SERVICE.fullmatch(self.service):
            raise ValueError(f"{self.service!r} cannot name a schema and a role.")

    @property
    def role(self) -> str:
        """The role that the service's processes log in with."""
        return f"usageflow_{self.service}"

    @property
    def steps(self) -> Path:
        """The folder with env.py and versions/."""
        package = find_spec(f"usageflow_{self.service}")
        if package is None or not package.submodule_search_locations:
            raise ModuleNotFoundError(f"usageflow_{self.service} is not installed.")
        return Path(package.submodule_search_locations[0]) / "migrations"


def upgrade(schema: ServiceSchema, *, owner_url: str, service_url: str) -> None:
    """Create schema and role where missing (the role's password is that of `service_url`), upgrade to the head, grant.

    Safe to repeat and to run twice at once. Runs an event loop of its own: from a coroutine, call it by `asyncio.to_thread`.
    """
    role = role_of(service_url)
    if role.name != schema.role:
        raise ValueError(f"The service's database URL must name the role {schema.role}, not {role.name}.")
    with _ALEMBIC:
        asyncio.run(_upgrade(schema, role, owner_url))


def run_environment(schema: ServiceSchema) -> None:
    """The body of a service's `migrations/env.py`."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError(f"Run `python -m usageflow_{schema.service} migrate` instead of alembic's command.")
    context.configure(
        connection=connection,
        target_metadata=schema.metadata,
        version_table=VERSION_TABLE,
        version_table_schema=schema.service,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def refuse_changes(table: str, schema: str) -> str:
    """SQL of the triggers that refuse UPDATE, DELETE and TRUNCATE on a table; for use in a migration.

    One statement (asyncpg prepares no more than one). The error is a restrict_violation of the constraint `append_only_<table>`.
    """
    return f"""
DO $block$ BEGIN
    CREATE OR REPLACE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
              USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only_' || TG_TABLE_NAME;
    END $body$;
    CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {schema}.{table}
        FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change();
    CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {schema}.{table}
        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
END $block$"""


async def _upgrade(schema: ServiceSchema, role: Role, owner_url: str) -> None:
    async def connect_as_owner() -> asyncpg.Connection[asyncpg.Record]:
        return await connect(owner_url, application_name=f"migrate {schema.service}", settings=_SESSION)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect_as_owner, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            # 1. One at a time: the lock belongs to the session, so it outlives the transactions of the steps and ends with us.
            await connection.exec_driver_sql(f"SET lock_timeout = '{_WAIT_FOR_OTHERS}'")
            await connection.exec_driver_sql(f"SELECT pg_advisory_lock({_lock_id(schema.service)})")
            await connection.exec_driver_sql(f"SET lock_timeout = '{_SESSION['lock_timeout']}'")
            await connection.commit()
            # 2. Where everything stands; 3. the steps, each in its transaction; 4. who may do what.
            await role.ensure(connection, search_path=schema.service)
            await _create_schema(connection, schema)
            await connection.run_sync(_run_steps, schema)
            await _grant(connection, schema)
    finally:
        await engine.dispose()


async def _create_schema(connection: AsyncConnection, schema: ServiceSchema) -> None:
    """The service's schema, and nothing for anybody in `public`. Services share one row there, so one at a time."""
    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_lock_id('public')})")
    await connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {schema.service}")
    await connection.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    await connection.commit()


def _run_steps(connection: sa.Connection, schema: ServiceSchema) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.steps).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _grant(connection: AsyncConnection, schema: ServiceSchema) -> None:
    """Exactly these rights, whatever was granted before; all in one transaction, so a running service never lacks one."""
    tables = await connection.execute(
        sa.text(
            """
SELECT quote_ident(c.relname),
       c.relname = ANY(:append_only) OR EXISTS (
           SELECT FROM pg_partition_ancestors(c.oid) AS ancestor JOIN pg_class AS a ON a.oid = ancestor
            WHERE a.relname = ANY(:append_only))
  FROM pg_class AS c
 WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind IN ('r', 'p') AND c.relname <> :version_table
 ORDER BY c.relname"""
        ),
        {"append_only": list(schema.append_only), "schema": schema.service, "version_table": VERSION_TABLE},
    )
    name = schema.service
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {name} FROM {schema.role}",
        f"GRANT USAGE ON SCHEMA {name} TO {schema.role}",
        f"GRANT SELECT ON {name}.{VERSION_TABLE} TO {schema.role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {name} TO {schema.role}",
    ]
    for table, append_only in tables:
        rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
        statements.append(f"GRANT {rights} ON {name}.{table} TO {schema.role}")
    for statement in statements:
        await connection.exec_driver_sql(statement)
    await connection.commit()


def _lock_id(name: str) -> int:
    return stable_hash(f"usageflow/migrate/{name}") - 2**63
