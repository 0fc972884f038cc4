"""When it is worth while to look for facts to forget, by organization: a pass that finds nothing looks at none."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    # Every organization is looked at once, and by then its row says when to look again.
    """
ALTER TABLE webhooks.event_sequences ADD COLUMN facts_from timestamp with time zone NOT NULL DEFAULT '-infinity'""",
    "ALTER TABLE webhooks.event_sequences ALTER COLUMN facts_from SET DEFAULT now()",
    "CREATE INDEX ix_event_sequences_facts_from ON webhooks.event_sequences (facts_from)",
    """
CREATE OR REPLACE FUNCTION webhooks.forget_log(kept_from timestamp with time zone, rows_max integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = webhooks, pg_temp AS $body$
DECLARE
    orgs uuid[];
    dispatches uuid[];
    org record;
    kept record;
    up_to bigint;
    deleted bigint;
    facts bigint := 0;
BEGIN
    kept_from := least(kept_from, now() - interval '30 days');
    SELECT array_agg(over.org_id), array_agg(over.dispatch_id) INTO orgs, dispatches
      FROM (SELECT w.org_id, w.dispatch_id FROM webhook_dispatches w
             WHERE w.completed_at < kept_from AND w.created_at < kept_from
               AND NOT EXISTS (SELECT FROM webhook_deliveries d
                                WHERE d.org_id = w.org_id AND d.dispatch_id = w.dispatch_id AND d.created_at >= kept_from)
             ORDER BY w.completed_at LIMIT rows_max FOR UPDATE SKIP LOCKED) AS over;
    IF dispatches IS NOT NULL THEN
        DELETE FROM webhook_deliveries d USING unnest(orgs, dispatches) AS gone (org_id, dispatch_id)
         WHERE d.org_id = gone.org_id AND d.dispatch_id = gone.dispatch_id;
        DELETE FROM webhook_dispatches w USING unnest(orgs, dispatches) AS gone (org_id, dispatch_id)
         WHERE w.org_id = gone.org_id AND w.dispatch_id = gone.dispatch_id;
    END IF;
    -- Facts go from the oldest on, so that what is left of a feed has no holes. An organization whose facts are being numbered is
    -- passed over, so nobody waits for another here.
    FOR org IN
        SELECT s.org_id, s.last_sequence FROM event_sequences s
         WHERE s.facts_from < kept_from ORDER BY s.facts_from LIMIT rows_max FOR UPDATE SKIP LOCKED
    LOOP
        SELECT oldest.sequence, oldest.created_at INTO kept
          FROM (SELECT e.event_id, e.sequence, e.created_at FROM webhook_events e
                 WHERE e.org_id = org.org_id ORDER BY e.sequence LIMIT rows_max - facts) oldest
         WHERE oldest.created_at >= kept_from
            OR EXISTS (SELECT FROM webhook_dispatches w WHERE w.org_id = org.org_id AND w.event_id = oldest.event_id)
         ORDER BY oldest.sequence LIMIT 1;
        up_to := coalesce(kept.sequence,
                          (SELECT min(e.sequence) + rows_max - facts FROM webhook_events e WHERE e.org_id = org.org_id),
                          0);
        DELETE FROM webhook_events e WHERE e.org_id = org.org_id AND e.sequence < up_to;
        GET DIAGNOSTICS deleted = ROW_COUNT;
        facts := facts + deleted;
        EXIT WHEN kept.sequence IS NULL AND facts >= rows_max;
        UPDATE event_sequences s
           SET facts_from = CASE WHEN kept.sequence IS NULL THEN now()
                                 WHEN kept.created_at >= kept_from THEN kept.created_at
                                 ELSE kept_from + interval '1 hour' END  -- a dispatch is kept, and its fact with it
         WHERE s.org_id = org.org_id;
        EXIT WHEN facts >= rows_max;
    END LOOP;
    RETURN coalesce(cardinality(dispatches), 0) + facts;
END $body$""",
)


def upgrade() -> None:
    """Workers of the version before number facts as ever: the column has a default that is right for a new organization."""
    for statement in _STATEMENTS:
        op.execute(statement)
