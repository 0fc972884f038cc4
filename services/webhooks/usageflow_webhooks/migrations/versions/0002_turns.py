"""Turns of endpoints, their limits and headers; timings of attempts; what is past its time may go."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    """
ALTER TABLE webhooks.webhook_endpoints
    ADD COLUMN concurrency integer NOT NULL DEFAULT 16,
    ADD COLUMN rate_per_second integer,
    ADD COLUMN header_names text[] NOT NULL DEFAULT '{}'::text[],
    ADD COLUMN headers_key_id text,
    ADD COLUMN headers_sealed bytea,
    ADD CONSTRAINT ck_webhook_endpoints_concurrency_bounded CHECK (concurrency BETWEEN 1 AND 64),
    ADD CONSTRAINT ck_webhook_endpoints_rate_bounded CHECK (rate_per_second BETWEEN 1 AND 10000),
    ADD CONSTRAINT ck_webhook_endpoints_headers_few CHECK (cardinality(header_names) <= 20),
    ADD CONSTRAINT ck_webhook_endpoints_headers_sealed
        CHECK ((cardinality(header_names) = 0) = (headers_sealed IS NULL)
               AND (headers_sealed IS NULL) = (headers_key_id IS NULL))""",
    """
ALTER TABLE webhooks.endpoint_state
    ADD COLUMN next_due_at timestamp with time zone,
    ADD COLUMN places integer NOT NULL DEFAULT 4,
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    ADD COLUMN resume_at timestamp with time zone,
    ADD COLUMN next_slot_at timestamp with time zone,
    ADD CONSTRAINT ck_endpoint_state_counts_possible CHECK (places >= 1 AND failures >= 0)""",
    """
ALTER TABLE webhooks.endpoint_state
    SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)""",
    "CREATE INDEX ix_endpoint_state_due ON webhooks.endpoint_state (next_due_at) WHERE next_due_at IS NOT NULL",
    """
COMMENT ON TABLE webhooks.endpoint_state IS
    'What deliveries say about an endpoint: when to look at it next, how many attempts at once, how it fares.'""",
    # What waits already is found at the first look.
    """
UPDATE webhooks.endpoint_state s SET next_due_at = now()
 WHERE EXISTS (SELECT FROM webhooks.webhook_dispatches w
                WHERE w.org_id = s.org_id AND w.endpoint_id = s.endpoint_id AND w.due_at IS NOT NULL)""",
    "DROP INDEX webhooks.ix_webhook_dispatches_due",
    """
CREATE INDEX ix_webhook_dispatches_waiting ON webhooks.webhook_dispatches (org_id, endpoint_id, status DESC, due_at)
 WHERE due_at IS NOT NULL AND lease_id IS NULL""",
    """
CREATE INDEX ix_webhook_dispatches_completed ON webhooks.webhook_dispatches (completed_at) WHERE completed_at IS NOT NULL""",
    "ALTER TABLE webhooks.webhook_deliveries ADD COLUMN timings jsonb NOT NULL DEFAULT '{}'::jsonb",
    # The log stays append-only, to everybody: only what is older than any policy may allow can be deleted, never changed.
    """
CREATE FUNCTION webhooks.refuse_change_but_of_old() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.created_at < now() - interval '30 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
          USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only_' || TG_TABLE_NAME;
END $body$""",
    *(
        f"""
CREATE OR REPLACE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON webhooks.{table}
    FOR EACH ROW EXECUTE FUNCTION webhooks.refuse_change_but_of_old()"""
        for table in ("webhook_events", "webhook_deliveries")
    ),
    # The service's role may not delete from the log; this function of the owner may, by the rule of the trigger.
    """
CREATE FUNCTION webhooks.forget_log(kept_from timestamp with time zone, rows_max integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = webhooks, pg_temp AS $body$
DECLARE
    orgs uuid[];
    dispatches uuid[];
    facts bigint;
BEGIN
    kept_from := least(kept_from, now() - interval '30 days');
    SELECT array_agg(over.org_id), array_agg(over.dispatch_id) INTO orgs, dispatches
      FROM (SELECT w.org_id, w.dispatch_id FROM webhook_dispatches w
             WHERE w.completed_at < kept_from AND w.created_at < kept_from
               AND NOT EXISTS (SELECT FROM webhook_deliveries d
                                WHERE d.org_id = w.org_id AND d.dispatch_id = w.dispatch_id AND d.created_at >= kept_from)
             ORDER BY w.completed_at LIMIT rows_max FOR UPDATE SKIP LOCKED) AS over;
    DELETE FROM webhook_deliveries d USING unnest(orgs, dispatches) AS gone (org_id, dispatch_id)
     WHERE d.org_id = gone.org_id AND d.dispatch_id = gone.dispatch_id;
    DELETE FROM webhook_dispatches w USING unnest(orgs, dispatches) AS gone (org_id, dispatch_id)
     WHERE w.org_id = gone.org_id AND w.dispatch_id = gone.dispatch_id;
    -- Facts go from the oldest on, so that what is left of a feed has no holes.
    DELETE FROM webhook_events v
     USING event_sequences s
     CROSS JOIN LATERAL (
           SELECT min(e.sequence) AS sequence FROM webhook_events e WHERE e.org_id = s.org_id) oldest
      LEFT JOIN LATERAL (
           SELECT e.sequence FROM webhook_events e
            WHERE e.org_id = s.org_id
              AND (e.created_at >= kept_from OR EXISTS (
                   SELECT FROM webhook_dispatches w WHERE w.org_id = e.org_id AND w.event_id = e.event_id))
            ORDER BY e.sequence LIMIT 1) first_kept ON true
     WHERE v.org_id = s.org_id
       AND v.sequence < least(coalesce(first_kept.sequence, s.last_sequence + 1), oldest.sequence + rows_max);
    GET DIAGNOSTICS facts = ROW_COUNT;
    RETURN coalesce(cardinality(dispatches), 0) + facts;
END $body$""",
)


def upgrade() -> None:
    """Workers of the version before may go on meanwhile: what they leave waiting is found by the sweep."""
    for statement in _STATEMENTS:
        op.execute(statement)
