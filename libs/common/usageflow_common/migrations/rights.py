"""Who may do what in a service's schema: rights for its role, and triggers that bind everybody."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from usageflow_common.migrations.schema import VERSION_TABLE, ServiceSchema


async def grant_rights(connection: AsyncConnection, schema: ServiceSchema) -> None:
    """Exactly these rights, whatever was granted before; all in one transaction, so a running service never lacks one.

    Tables may be read and written; append-only ones and their partitions only appended to, and partitions that were detached only read.
    Functions that run as the owner are for the service's role alone. Readers see what is fenced and nothing else.
    """
    tables = await connection.execute(
        sa.text(
            """
SELECT quote_ident(c.relname),
       c.relname = ANY(:append_only) OR EXISTS (
           SELECT FROM pg_partition_ancestors(c.oid) AS ancestor JOIN pg_class AS a ON a.oid = ancestor
            WHERE a.relname = ANY(:append_only)),
       starts_with(c.relname, 'detached_')
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
    for table, append_only, detached in tables:
        writing = "" if detached else ", INSERT" if append_only else ", INSERT, UPDATE, DELETE"
        statements.append(f"GRANT SELECT{writing} ON {name}.{table} TO {schema.role}")
    for function in await _owners_functions(connection, schema):
        statements.append(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        statements.append(f"GRANT EXECUTE ON FUNCTION {function} TO {schema.role}")
    if schema.fenced:
        statements.append(f"REVOKE ALL ON ALL TABLES IN SCHEMA {name} FROM {schema.reader}")
        statements.append(f"GRANT USAGE ON SCHEMA {name} TO {schema.reader}")
        statements += [f"GRANT SELECT ON {name}.{table} TO {schema.reader}" for table in schema.fenced]
    for statement in statements:
        await connection.exec_driver_sql(statement)
    await connection.commit()


async def _owners_functions(connection: AsyncConnection, schema: ServiceSchema) -> list[str]:
    """What runs with the owner's rights, with its arguments, as SQL names it."""
    found = await connection.execute(
        sa.text(
            """
SELECT p.oid::regprocedure::text FROM pg_proc AS p
 WHERE p.pronamespace = CAST(:schema AS regnamespace) AND p.prosecdef
 ORDER BY 1"""
        ),
        {"schema": schema.service},
    )
    return list(found.scalars())


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
