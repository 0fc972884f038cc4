"""The entries of the audit log about one object, latest first."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """An index by what an entry is about."""
    op.execute("CREATE INDEX ix_audit_logs_target ON gateway.audit_logs (org_id, (target ->> 'id'), sequence)")
