"""How many events were received when: counted, repeated, late."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = (
    """
CREATE TABLE aggregator.event_receipts (
    org_id uuid NOT NULL,
    window_start_at timestamp with time zone NOT NULL,
    shard integer NOT NULL,
    counted bigint NOT NULL,
    duplicates bigint NOT NULL,
    late bigint NOT NULL,
    CONSTRAINT pk_event_receipts PRIMARY KEY (org_id, window_start_at, shard),
    CONSTRAINT ck_event_receipts_counts CHECK (counted >= 0 AND duplicates >= 0 AND late >= 0 AND late <= counted)
) WITH (fillfactor = 70)""",
    """
COMMENT ON TABLE aggregator.event_receipts IS
    'Events by the quarter hour of their receipt and their partition (shard): counted, of these late, and repeated. Its only writer counts that partition.'""",
    # What is there already. How often it was repeated nobody wrote down.
    """
INSERT INTO aggregator.event_receipts (org_id, window_start_at, shard, counted, duplicates, late)
SELECT org_id, date_bin('15 minutes', received_at, 'epoch'), partition, count(*), 0,
       count(*) FILTER (WHERE received_at - occurred_at > interval '1 hour')
  FROM aggregator.usage_events GROUP BY 1, 2, 3""",
)


def upgrade() -> None:
    """Add the table and fill it from the events that were counted before."""
    for statement in _STATEMENTS:
        op.execute(statement)
