"""The schema that migrations make, and who may do what in it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from usageflow_common.database import transaction
from usageflow_common.testing import assert_matches_metadata
from usageflow_gateway.tables import SCHEMA


async def test_upgrading_from_empty_equals_the_metadata(postgres_url):
    await assert_matches_metadata(SCHEMA, postgres_url)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_logs SET action = 'x'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"]
)
async def test_the_service_cannot_change_its_audit_log(database, statement):
    with pytest.raises(DBAPIError, match="permission denied"):
        async with transaction(database.engine) as tx:
            await tx.execute(sa.text(statement))
