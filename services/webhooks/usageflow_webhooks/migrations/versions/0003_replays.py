"""Facts by when they became known: what a replay of a range looks for."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """One index."""
    op.execute("CREATE INDEX ix_webhook_events_created ON webhooks.webhook_events (org_id, created_at, sequence)")
