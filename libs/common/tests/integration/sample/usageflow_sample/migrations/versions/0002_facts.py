"""Facts, which never change."""

from alembic import op

from usageflow_common.migrations import refuse_changes

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
CREATE TABLE sample.facts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT pk_facts PRIMARY KEY (id)
)""")
    op.execute(refuse_changes("facts", "sample"))
