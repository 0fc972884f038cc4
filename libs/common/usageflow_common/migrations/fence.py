"""The second fence around tenants: a role for readers, whose policies show it the rows of one organization alone.

The first is that every query names its organization. Behind this one a query that forgot it finds nothing of anybody else.
"""

from __future__ import annotations

import asyncio
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection

from usageflow_common.database import FENCED_ORGANIZATION, sqlstate_of
from usageflow_common.migrations.roles import SOMEBODY_ELSE
from usageflow_common.migrations.schema import ServiceSchema

_ATTEMPTS: Final = 20
# Asked once for a query, not for each row. Without the setting it is null, and null equals nothing.
_ONE: Final = f"org_id = (SELECT CAST(nullif(current_setting('{FENCED_ORGANIZATION}', true), '') AS uuid))"


async def raise_fence(connection: AsyncConnection, schema: ServiceSchema) -> None:
    """Create the role of readers, let the service take it on, and set the policies that are missing; each table in a transaction of its own."""
    if not schema.fenced:
        return
    await _ensure_reader(connection, schema)
    for table in schema.fenced:
        await _fence(connection, schema, table)


async def _ensure_reader(connection: AsyncConnection, schema: ServiceSchema) -> None:
    """Roles belong to the whole server: two databases that are migrated at once meet here."""
    create = f"CREATE ROLE {schema.reader} NOLOGIN"
    # The service takes the role on where it wants to; what it may do otherwise stays as it is.
    grant = f"GRANT {schema.reader} TO {schema.role} WITH INHERIT FALSE, SET TRUE"
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            known = await connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = $1", (schema.reader,))
            if known.first() is None:
                await connection.exec_driver_sql(create)
            member = await connection.exec_driver_sql("SELECT pg_has_role($1, $2, 'SET')", (schema.role, schema.reader))
            if not member.scalar_one():
                await connection.exec_driver_sql(grant)
            await connection.commit()
        except exc.DBAPIError as error:
            await connection.rollback()
            if sqlstate_of(error) not in SOMEBODY_ELSE or attempt == _ATTEMPTS:
                raise
            await asyncio.sleep(0.02 * attempt)
        else:
            return


async def _fence(connection: AsyncConnection, schema: ServiceSchema, table: str) -> None:
    named = f"{schema.service}.{table}"
    policies = {
        "one_organization": f"FOR SELECT TO {schema.reader} USING ({_ONE})",
        "own_work": f"TO {schema.role} USING (true) WITH CHECK (true)",
    }
    found = await connection.execute(
        sa.text("SELECT policyname FROM pg_policies WHERE schemaname = :schema AND tablename = :table"),
        {"schema": schema.service, "table": table},
    )
    missing = set(policies) - set(found.scalars())
    for name in sorted(missing):
        await connection.exec_driver_sql(f"CREATE POLICY {name} ON {named} {policies[name]}")
    if missing:
        await connection.exec_driver_sql(f"ALTER TABLE {named} ENABLE ROW LEVEL SECURITY")
    await connection.commit()
