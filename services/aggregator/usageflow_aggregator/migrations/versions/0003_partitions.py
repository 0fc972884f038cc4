"""Raw events by the day they were appended on, keys by generation, and the functions by which the service makes and ends them.

The service's role owns nothing and may create nothing: what it needs stands in functions of the owner's, which check what they are asked.
"""

from __future__ import annotations

from alembic import op

from usageflow_common.migrations import refuse_changes

revision = "0003"
down_revision = "0002"

_GENERATION_LOCK = 8569407402654622459
"""`GENERATION_LOCK` of store/keys.py."""
_DAY_LOCK = 6645454730760917561

_ASIDE = (
    "ALTER TABLE aggregator.usage_events RENAME TO former_usage_events",
    "ALTER INDEX aggregator.pk_usage_events RENAME TO pk_former_usage_events",
    "ALTER INDEX aggregator.ix_usage_events_org_id_customer_id_occurred_at RENAME TO ix_former_usage_events",
    "ALTER TABLE aggregator.event_keys RENAME TO former_event_keys",
    "ALTER INDEX aggregator.pk_event_keys RENAME TO pk_former_event_keys",
)

_TABLES = (
    """
CREATE TABLE aggregator.usage_events (
    org_id uuid NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    event_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    metric text NOT NULL,
    metric_ids uuid[] NOT NULL,
    amount numeric NOT NULL,
    customer_id text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    occurred_at_given boolean NOT NULL,
    properties jsonb NOT NULL,
    salt bytea NOT NULL,
    event_hash bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    appended_at timestamp with time zone NOT NULL,
    backfill_id uuid,
    api_key_id uuid,
    day date NOT NULL,
    CONSTRAINT pk_usage_events PRIMARY KEY (org_id, partition, log_offset, day),
    CONSTRAINT ck_usage_events_event_hash_length CHECK (octet_length(event_hash) = 32),
    CONSTRAINT ck_usage_events_day CHECK (day = (appended_at AT TIME ZONE 'UTC')::date)
) PARTITION BY RANGE (day)""",
    """
CREATE INDEX ix_usage_events_org_id_customer_id_occurred_at
    ON aggregator.usage_events (org_id, customer_id, occurred_at)""",
    """
COMMENT ON TABLE aggregator.usage_events IS
    'Every counted event, as it was counted, by the UTC day on which it was appended to the log. Rows are never changed.'""",
    refuse_changes("usage_events", "aggregator"),
    """
CREATE TABLE aggregator.event_keys (
    org_id uuid NOT NULL,
    event_id uuid NOT NULL,
    generation integer NOT NULL,
    payload_hash bytea NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    day date NOT NULL,
    tombstone boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_event_keys PRIMARY KEY (org_id, event_id, generation),
    CONSTRAINT ck_event_keys_payload_hash_length CHECK (octet_length(payload_hash) = 32)
) PARTITION BY LIST (generation)""",
    "COMMENT ON TABLE aggregator.event_keys IS 'The ledger of keys: what stands here has been counted, and counts no second time.'",
    # Nobody has written corrections before this step.
    "ALTER TABLE aggregator.event_corrections ADD COLUMN day date NOT NULL",
    """
CREATE TABLE aggregator.event_days (
    org_id uuid NOT NULL,
    occurred_on date NOT NULL,
    day date NOT NULL,
    CONSTRAINT pk_event_days PRIMARY KEY (org_id, occurred_on, day)
)""",
    """
COMMENT ON TABLE aggregator.event_days IS
    'Which days of usage_events hold events of an organization that happened on a UTC day: a query names them, and plans for no others.'""",
    refuse_changes("event_days", "aggregator"),
    "ALTER TABLE aggregator.key_generations ADD COLUMN dropped_at timestamp with time zone",
    "COMMENT ON TABLE aggregator.key_generations IS 'Generations of event_keys; the highest takes new keys, dropped ones are forgotten.'",
)

_FUNCTIONS = (
    f"""
CREATE FUNCTION aggregator.make_event_day(wanted date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    name text := 'usage_events_' || to_char(wanted::timestamp, 'YYYYMMDD');
BEGIN
    IF wanted IS NULL OR wanted < DATE '2000-01-01' OR wanted >= DATE '2200-01-01' THEN
        RAISE EXCEPTION 'no day of events: %', wanted USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock({_DAY_LOCK});
    IF to_regclass('aggregator.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE aggregator.%I (LIKE aggregator.usage_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    -- Row triggers come with the attachment, statement triggers do not.
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON aggregator.%I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION aggregator.refuse_change()', name);
    EXECUTE format('GRANT SELECT, INSERT ON aggregator.%I TO usageflow_aggregator', name);
    -- SHARE UPDATE EXCLUSIVE on the parent: nobody who reads or appends waits.
    EXECUTE format('ALTER TABLE aggregator.usage_events ATTACH PARTITION aggregator.%I FOR VALUES FROM (%L) TO (%L)',
                   name, wanted, wanted + 1);
    RETURN true;
END $body$""",
    f"""
CREATE FUNCTION aggregator.detach_event_day(old date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    name text := 'usage_events_' || to_char(old::timestamp, 'YYYYMMDD');
    detached text := 'detached_' || name;
    times integer := 1;
BEGIN
    -- The oldest event that anybody may still send or correct: an error in a setting must not hide it.
    IF old IS NULL OR old > current_date - 400 THEN
        RAISE EXCEPTION 'too young to be detached: %', old USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock({_DAY_LOCK});
    IF to_regclass('aggregator.' || name) IS NULL THEN
        RETURN NULL;
    END IF;
    WHILE to_regclass('aggregator.' || detached) IS NOT NULL LOOP
        times := times + 1;
        detached := 'detached_' || name || '_' || times;
    END LOOP;
    EXECUTE format('ALTER TABLE aggregator.usage_events DETACH PARTITION aggregator.%I', name);
    EXECUTE format('ALTER TABLE aggregator.%I RENAME TO %I', name, detached);
    EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON aggregator.%I'
                   ' FOR EACH ROW EXECUTE FUNCTION aggregator.refuse_change()', detached);
    EXECUTE format('REVOKE INSERT ON aggregator.%I FROM usageflow_aggregator', detached);
    RETURN detached;
END $body$""",
    f"""
CREATE FUNCTION aggregator.begin_key_generation(after integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    name text := 'event_keys_' || (after + 1);
BEGIN
    -- Waits for whoever is inserting keys; whoever comes later reads which generation it is after this one committed.
    PERFORM pg_advisory_xact_lock({_GENERATION_LOCK});
    IF (SELECT max(generation) FROM aggregator.key_generations) IS DISTINCT FROM after THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE aggregator.%I (LIKE aggregator.event_keys INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON aggregator.%I TO usageflow_aggregator', name);
    EXECUTE format('ALTER TABLE aggregator.event_keys ATTACH PARTITION aggregator.%I FOR VALUES IN (%L)', name, after + 1);
    INSERT INTO aggregator.key_generations (generation, started_at) VALUES (after + 1, clock_timestamp());
    RETURN true;
END $body$""",
    """
CREATE FUNCTION aggregator.drop_key_generation(oldest integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    ended_at timestamptz;
BEGIN
    SELECT next.started_at INTO ended_at FROM aggregator.key_generations AS next
     WHERE next.generation = oldest + 1;
    -- A key is needed for as long as its event may come again: twice 400 days, whatever a setting says.
    IF ended_at IS NULL OR ended_at > now() - interval '800 days' THEN
        RAISE EXCEPTION 'generation % is still needed', oldest USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass('aggregator.event_keys_' || oldest) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE aggregator.%I', 'event_keys_' || oldest);
    UPDATE aggregator.key_generations SET dropped_at = clock_timestamp() WHERE generation = oldest;
    RETURN true;
END $body$""",
)

_FIRST_GENERATION = """
DO $block$
DECLARE
    present integer;
BEGIN
    FOR present IN SELECT generation FROM aggregator.key_generations ORDER BY generation LOOP
        EXECUTE format('CREATE TABLE aggregator.%I PARTITION OF aggregator.event_keys FOR VALUES IN (%L)',
                       'event_keys_' || present, present);
    END LOOP;
END $block$"""

_MOVE = (
    _FIRST_GENERATION,
    """
INSERT INTO aggregator.event_keys (org_id, event_id, generation, payload_hash, partition, log_offset, day, tombstone)
SELECT key.org_id, key.event_id, key.generation, key.payload_hash, key.partition, key.log_offset,
       coalesce((event.appended_at AT TIME ZONE 'UTC')::date, key.received_on), key.tombstone
  FROM aggregator.former_event_keys AS key
  LEFT JOIN aggregator.former_usage_events AS event
    ON event.org_id = key.org_id AND event.partition = key.partition AND event.log_offset = key.log_offset
 ORDER BY key.org_id, key.event_id""",
    """
SELECT count(aggregator.make_event_day(day))
  FROM (SELECT DISTINCT (appended_at AT TIME ZONE 'UTC')::date AS day FROM aggregator.former_usage_events) AS days""",
    """
INSERT INTO aggregator.usage_events
SELECT former.*, (appended_at AT TIME ZONE 'UTC')::date FROM aggregator.former_usage_events AS former""",
    """
INSERT INTO aggregator.event_days (org_id, occurred_on, day)
SELECT DISTINCT org_id, (occurred_at AT TIME ZONE 'UTC')::date, day FROM aggregator.usage_events""",
    "DROP TABLE aggregator.former_event_keys",
    "DROP TABLE aggregator.former_usage_events",
)


def upgrade() -> None:
    """Set the tables aside, make them anew, move what they held. Nobody counts meanwhile: the tables are locked."""
    for statement in (*_ASIDE, *_TABLES, *_FUNCTIONS, *_MOVE):
        op.execute(statement)
