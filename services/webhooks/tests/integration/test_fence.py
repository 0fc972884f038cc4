"""The second fence: who reads sees one organization, whatever the query says; the first one, the queries' own, is tested elsewhere."""

from __future__ import annotations

from uuid import uuid4

import pytest
import sqlalchemy as sa
from receiver import Receiver
from sqlalchemy import exc
from webhooks_tenant import Tenant

from usageflow_common.database import reading, transaction
from usageflow_common.testing.databases import ServiceDatabase
from usageflow_webhooks.tables import SCHEMA

READER = SCHEMA.reader


async def organizations(tx, table: str) -> set[object]:
    """Whose rows a query without any condition finds."""
    return set((await tx.execute(sa.text(f"SELECT DISTINCT org_id FROM {table}"))).scalars())


@pytest.fixture
async def both(tenant: Tenant, other_tenant: Tenant, receiver: Receiver) -> set[object]:
    """Two organizations with an endpoint, a fact and its dispatch each."""
    for each in (tenant, other_tenant):
        await each.endpoint(receiver.url("/"), "*")
        await each.happens()
    return {tenant.org_id, other_tenant.org_id}


@pytest.mark.parametrize("table", ["webhook_endpoints", "endpoint_state", "webhook_events", "webhook_dispatches"])
async def test_a_query_that_forgot_its_organization_finds_one_tenants_rows(
    database: ServiceDatabase, tenant: Tenant, both: set[object], table: str
):
    async with transaction(database.engine, read_only=True) as tx:
        assert await organizations(tx, table) >= both
    async with reading(database.engine, tenant.org_id) as tx:
        assert await organizations(tx, table) == {tenant.org_id}
    async with reading(database.engine, uuid4()) as tx:
        assert await organizations(tx, table) == set()


async def test_without_the_setting_a_reader_finds_nothing(database: ServiceDatabase, tenant: Tenant, both: set[object]):
    for _ in range(2):  # a session that never had the setting, and one in which it has ended
        async with transaction(database.engine, read_only=True) as tx:
            await tx.exec_driver_sql(f"SET LOCAL ROLE {READER}")
            for table in SCHEMA.fenced:
                assert await organizations(tx, table) == set()
        async with reading(database.engine, tenant.org_id) as tx:
            assert await organizations(tx, "webhook_events") == {tenant.org_id}


async def test_the_role_ends_with_its_transaction(database: ServiceDatabase, tenant: Tenant, both: set[object]):
    async with reading(database.engine, tenant.org_id) as tx:
        assert (await tx.exec_driver_sql("SELECT current_user")).scalar_one() == READER
    with pytest.raises(ZeroDivisionError):
        async with reading(database.engine, tenant.org_id):
            raise ZeroDivisionError
    for _ in range(3):
        async with transaction(database.engine) as tx:
            assert (await tx.exec_driver_sql("SELECT current_user")).scalar_one() == SCHEMA.role
            assert await organizations(tx, "webhook_events") >= both


@pytest.mark.parametrize(
    "statement", ["SELECT FROM endpoint_secrets", "SELECT FROM outbox", "DELETE FROM webhook_dispatches"]
)
async def test_a_reader_sees_no_secret_and_changes_nothing(database: ServiceDatabase, statement: str):
    async with transaction(database.engine) as tx:
        await tx.exec_driver_sql(f"SET LOCAL ROLE {READER}")
        with pytest.raises(exc.ProgrammingError, match="permission denied"):
            await tx.exec_driver_sql(statement)


async def test_every_fenced_table_has_both_policies_and_every_one_names_an_organization(database: ServiceDatabase):
    async with transaction(database.engine) as tx:
        rows = await tx.execute(
            sa.text(
                "SELECT tablename, array_agg(CAST(policyname AS text) ORDER BY policyname), bool_and(relrowsecurity)"
                "  FROM pg_policies JOIN pg_class ON oid = CAST(schemaname || '.' || tablename AS regclass)"
                " WHERE schemaname = :schema GROUP BY 1"
            ),
            {"schema": SCHEMA.service},
        )
        found = {table: (policies, secured) for table, policies, secured in rows}
    assert found == {table: (["one_organization", "own_work"], True) for table in SCHEMA.fenced}
    assert all("org_id" in SCHEMA.metadata.tables[f"{SCHEMA.service}.{table}"].c for table in SCHEMA.fenced)
