"""Upgrades a schema to the head of its steps, by alembic, one process at a time."""

from __future__ import annotations

import asyncio
import threading
from typing import Final

import asyncpg
import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from usageflow_common.database import connect
from usageflow_common.ids import stable_hash
from usageflow_common.migrations.fence import raise_fence
from usageflow_common.migrations.rights import grant_rights
from usageflow_common.migrations.roles import Role, role_of
from usageflow_common.migrations.schema import VERSION_TABLE, ServiceSchema

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


async def _upgrade(schema: ServiceSchema, role: Role, owner_url: str) -> None:
    async def connect_as_owner() -> asyncpg.Connection[asyncpg.Record]:
        name = f"migrate {schema.service}"
        return await connect(owner_url, application_name=name, settings=_SESSION, command_seconds=None)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect_as_owner, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            # 1. One at a time: the lock belongs to the session, so it outlives the transactions of the steps and ends with us.
            await connection.exec_driver_sql(f"SET lock_timeout = '{_WAIT_FOR_OTHERS}'")
            await connection.exec_driver_sql(f"SELECT pg_advisory_lock({_lock_id(schema.service)})")
            await connection.exec_driver_sql(f"SET lock_timeout = '{_SESSION['lock_timeout']}'")
            await connection.commit()
            # 2. Where everything stands; 3. the steps, each in its transaction; 4. who may see and do what.
            await role.ensure(connection, search_path=schema.service)
            await _create_schema(connection, schema)
            await connection.run_sync(_run_steps, schema)
            await raise_fence(connection, schema)
            await grant_rights(connection, schema)
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


def _lock_id(name: str) -> int:
    return stable_hash(f"usageflow/migrate/{name}") - 2**63
