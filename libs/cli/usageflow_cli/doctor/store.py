"""What the doctor reads in each service's schema, as that service's own role; nothing is written."""

from __future__ import annotations

from typing import Final

VERSION: Final = "SELECT version_num FROM schema_version"
CLOCK: Final = "SELECT clock_timestamp()"
OTHER_CONNECTIONS: Final = """
SELECT count(*) FROM pg_stat_activity
 WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"""
OUTBOX_SECONDS: Final = (
    "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(enqueued_at)), 0)::bigint FROM outbox"
)
COUNTED: Final = "SELECT partition, next_offset FROM consumer_offsets ORDER BY partition"
APPLIED: Final = "SELECT partition, position FROM applied_offsets ORDER BY partition"
QUARANTINED: Final = "SELECT count(*) FROM quarantined_events WHERE released_at IS NULL"
DISPATCH_LEASES: Final = """
SELECT count(*) FROM webhook_dispatches WHERE lease_until < clock_timestamp() - interval '5 minutes'"""
RUN_LEASES: Final = """
SELECT count(*) FROM billing_runs
 WHERE status IN ('waiting', 'closing') AND leased_until < clock_timestamp() - interval '5 minutes'"""
# Subscriptions may begin in the past: their first periods are closed as soon as they are made.
# Organizations whose clock is a test clock have a time of their own. The earliest ends alone: what is overdue is among them.
ENDED_PERIODS: Final = """
SELECT p.org_id, p.end_at FROM billing_periods AS p JOIN subscriptions AS s USING (org_id, subscription_id)
 WHERE s.created_at < clock_timestamp() - interval '1 hour' AND p.status = 'open' AND p.last AND p.end_at < clock_timestamp()
   AND NOT EXISTS (SELECT FROM test_clocks AS c WHERE c.org_id = p.org_id)
 ORDER BY p.end_at LIMIT 10000"""
CLOSING_POLICIES: Final = """
SELECT org_id, grace_hours FROM organizations WHERE status = 'active' AND auto_finalize AND org_id = ANY($1::uuid[])"""
POSITIONS: Final = "SELECT partition, next_offset FROM consumer_positions WHERE topic = $1"
# At random, so that one run after another comes to all of them.
INVOICE_CHAINS: Final = """
SELECT org_id, last_sequence FROM invoice_chains WHERE last_sequence > 0 ORDER BY random() LIMIT $1"""
AUDIT_CHAINS: Final = "SELECT org_id, sequence FROM audit_heads ORDER BY random() LIMIT $1"
