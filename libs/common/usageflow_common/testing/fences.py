"""Whether readers of a service see one organization alone: asked without any condition, table by table."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, reading, transaction
from usageflow_common.migrations import ServiceSchema
from usageflow_common.testing.databases import ServiceDatabase


async def assert_fenced(database: ServiceDatabase, schema: ServiceSchema, org_ids: Collection[UUID]) -> None:
    """Each of these organizations has a row in every fenced table: the service sees all, their readers their own, and without the
    setting there is none.
    """
    for table in schema.fenced:
        async with transaction(database.engine, read_only=True) as tx:
            assert await _organizations(tx, table) >= set(org_ids), f"{table} has no rows to judge by"
        async with transaction(database.engine, read_only=True) as tx:
            await tx.exec_driver_sql(f"SET LOCAL ROLE {schema.reader}")
            assert await _organizations(tx, table) == set(), f"{table} is seen without the setting"
        for org_id in org_ids:
            async with reading(database.engine, org_id) as tx:
                assert await _organizations(tx, table) == {org_id}, f"{table} shows more than one organization"


async def _organizations(tx: Transaction, table: str) -> set[UUID]:
    return set((await tx.execute(sa.text(f"SELECT DISTINCT org_id FROM {table}"))).scalars())
