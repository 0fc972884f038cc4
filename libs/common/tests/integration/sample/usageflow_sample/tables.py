"""The tables of the sample service."""

import sqlalchemy as sa

from usageflow_common.database import schema_metadata
from usageflow_common.migrations import ServiceSchema
from usageflow_common.operations import operations_table
from usageflow_common.outbox import outbox_table

metadata = schema_metadata("sample")
outbox_table(metadata)
operations_table(metadata)
things = sa.Table(
    "things",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("size", sa.Numeric, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("size >= 0", name="size_not_negative"),
)
facts = sa.Table("facts", metadata, sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True))

SCHEMA = ServiceSchema("sample", metadata, append_only=("facts",))
