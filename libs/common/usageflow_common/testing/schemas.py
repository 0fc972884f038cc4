"""Whether the migrations lead to the tables that the code declares: both are built, and the server describes both."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from usageflow_common import migrations
from usageflow_common.migrations import VERSION_TABLE, ServiceSchema
from usageflow_common.testing.databases import empty_database, service_url

# PostgreSQL's own words for everything that a table is; partitions are described by their parents.
_DESCRIBE: Final = """
WITH tables AS (
    SELECT * FROM pg_class
     WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> $2)
SELECT format('table %s kind %s options %s partitioned %s', relname, relkind, reloptions,
              CASE relkind WHEN 'p' THEN pg_get_partkeydef(tables.oid) END)
  FROM tables
UNION ALL
SELECT format('column %s.%s %s%s identity "%s" generated "%s" default %s', relname, attname,
              format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' not null' END, attidentity, attgenerated,
              pg_get_expr(adbin, adrelid))
  FROM tables JOIN pg_attribute ON attrelid = tables.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('constraint %s.%s %s', relname, conname, pg_get_constraintdef(c.oid))
  FROM tables JOIN pg_constraint AS c ON conrelid = tables.oid
 WHERE contype <> 'n'
UNION ALL
SELECT format('index %s', pg_get_indexdef(indexrelid))
  FROM tables JOIN pg_index ON indrelid = tables.oid
"""
_LOCAL_TIMES: Final = """
SELECT table_name || '.' || column_name FROM information_schema.columns
 WHERE table_schema = $1 AND data_type IN ('timestamp without time zone', 'time without time zone')"""


async def assert_matches_metadata(schema: ServiceSchema, postgres_url: str) -> None:
    """Upgrading an empty database gives exactly what the metadata declares: columns, defaults, constraints, indexes, options.

    Names count as well, and no column may hold a time without a zone. `postgres_url` is the fixture of that name.
    """
    async with empty_database(postgres_url) as owner_url:
        await asyncio.to_thread(
            migrations.upgrade, schema, owner_url=owner_url, service_url=service_url(schema, owner_url)
        )
        migrated = await _describe(schema, owner_url)
        local_times = await _fetch_texts(owner_url, _LOCAL_TIMES, schema.service)
    async with empty_database(postgres_url) as owner_url:
        await _create_all(schema, owner_url)
        declared = await _describe(schema, owner_url)
    assert not local_times, f"Times without a zone: {sorted(local_times)}"
    differences = [f"only migrated: {each}" for each in sorted(migrated - declared)]
    differences += [f"only declared: {each}" for each in sorted(declared - migrated)]
    assert not differences, "\n".join(["Migrations and metadata differ.", *differences])


async def _create_all(schema: ServiceSchema, owner_url: str) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(owner_url), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.schema.CreateSchema(schema.service))
            await connection.run_sync(schema.metadata.create_all)
    finally:
        await engine.dispose()


async def _describe(schema: ServiceSchema, owner_url: str) -> set[str]:
    return await _fetch_texts(owner_url, _DESCRIBE, schema.service, VERSION_TABLE)


async def _fetch_texts(url: str, query: str, *arguments: str) -> set[str]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return {row[0] for row in await connection.fetch(query, *arguments)}
    finally:
        await connection.close()
