"""Windows and distinct values as they arrive. Each statement stores what is newer and adds the difference to every period concerned.

One writer per shard, fenced by its position, so what a statement reads of the shard stays until the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from usageflow_common.database import Transaction, raw
from usageflow_common.records import UniquePoint, WindowState
from usageflow_invoicer.domain.windows import Pointed, Stated

# What a statement's `delta` (org_id, customer_id, metric_id, window_start_at, group_key, event_count, total, delta_seconds, digest) changes.
# A level (it has Σδ·t) that was changed by something earlier is the opening of every later period, too. Periods are always marked as
# changed, whatever their state: whether one was invoiced meanwhile is for the next run to see.
# Not an upsert: its insert would have to pass the table's checks with a difference that may be negative.
_ADD_TO_PERIODS: Final = """
added AS (
    SELECT c.org_id, c.subscription_id, c.period_id, c.charge_id,
           CASE WHEN c.matrix_property IS NULL THEN '' ELSE coalesce(d.group_key::jsonb ->> c.matrix_property, '') END
             AS group_value,
           coalesce(sum(d.event_count) FILTER (WHERE d.window_start_at >= c.start_at), 0) AS event_count,
           coalesce(sum(d.total) FILTER (WHERE d.window_start_at >= c.start_at), 0) AS total,
           coalesce(sum(d.delta_seconds) FILTER (WHERE d.window_start_at >= c.start_at), 0) AS delta_seconds,
           coalesce(sum(d.total) FILTER (WHERE d.window_start_at < c.start_at), 0) AS opening,
           mod(coalesce(sum(d.digest) FILTER (WHERE d.window_start_at >= c.start_at), 0), 2::numeric ^ 256) AS digest
      FROM delta d
      JOIN period_charges c
        ON c.org_id = d.org_id AND c.customer_id = d.customer_id AND c.metric_id = d.metric_id
       AND c.start_at <= CASE WHEN d.delta_seconds IS NOT NULL AND d.total <> 0 THEN 'infinity' ELSE d.window_start_at END
       AND c.end_at > d.window_start_at
     GROUP BY c.org_id, c.subscription_id, c.period_id, c.charge_id, group_value
), updated AS (
    UPDATE usage_periods u
       SET event_count = u.event_count + added.event_count,
           total = u.total + added.total,
           delta_seconds = u.delta_seconds + added.delta_seconds,
           opening = u.opening + added.opening,
           digest = mod(u.digest + added.digest, 2::numeric ^ 256),
           changed = true,
           changed_at = CASE WHEN u.changed THEN u.changed_at ELSE now() END
      FROM added
     WHERE u.org_id = added.org_id AND u.subscription_id = added.subscription_id AND u.period_id = added.period_id
       AND u.charge_id = added.charge_id AND u.group_value = added.group_value AND u.shard = $1
    RETURNING u.period_id, u.charge_id, u.group_value
)
INSERT INTO usage_periods (org_id, subscription_id, period_id, charge_id, group_value, shard,
                           event_count, total, delta_seconds, opening, digest, changed, changed_at)
SELECT org_id, subscription_id, period_id, charge_id, group_value, $1, event_count, total, delta_seconds, opening, digest, true, now()
  FROM added
 WHERE (period_id, charge_id, group_value) NOT IN (SELECT period_id, charge_id, group_value FROM updated)"""

# A state that is newer and says the same (a republish) changes no period.
_WRITE_STATES: Final = f"""
WITH incoming AS (
    SELECT *
      FROM unnest(string_to_array($2, ',')::uuid[], $3::text[], string_to_array($4, ',')::uuid[],
                  string_to_array($5, ',')::timestamptz[], $6::text[],
                  string_to_array($7, ',')::bigint[], string_to_array($8, ',')::bigint[],
                  string_to_array($9, ',')::bigint[], string_to_array($10, ',')::numeric[],
                  string_to_array($11, ',', '')::numeric[], string_to_array($12, ',', '')::numeric[],
                  string_to_array($13, ',', '')::timestamptz[], string_to_array($14, ',', '')::uuid[],
                  string_to_array($15, ',')::numeric[])
           AS i (org_id, customer_id, metric_id, window_start_at, group_key, generation, version,
                 event_count, total, delta_seconds, value, value_at, value_event_id, digest)
), newer AS MATERIALIZED (
    SELECT i.*, coalesce(w.event_count, 0) AS old_count, coalesce(w.total, 0) AS old_total, w.value AS old_value,
           coalesce(w.delta_seconds, 0) AS old_delta_seconds, coalesce(w.digest, 0) AS old_digest
      FROM incoming i
      LEFT JOIN usage_windows w
        ON w.org_id = i.org_id AND w.customer_id = i.customer_id AND w.metric_id = i.metric_id
       AND w.window_start_at = i.window_start_at AND w.group_key = i.group_key AND w.shard = $1
     WHERE w.version IS NULL OR (w.generation, w.version) < (i.generation, i.version)
), written AS (
    INSERT INTO usage_windows (org_id, customer_id, metric_id, window_start_at, group_key, shard, generation, version,
                               event_count, total, delta_seconds, value, value_at, value_event_id, digest)
    SELECT org_id, customer_id, metric_id, window_start_at, group_key, $1, generation, version,
           event_count, total, delta_seconds, value, value_at, value_event_id, digest
      FROM newer
        ON CONFLICT (org_id, customer_id, metric_id, window_start_at, group_key, shard) DO UPDATE
       SET generation = excluded.generation, version = excluded.version, event_count = excluded.event_count,
           total = excluded.total, delta_seconds = excluded.delta_seconds, value = excluded.value,
           value_at = excluded.value_at, value_event_id = excluded.value_event_id, digest = excluded.digest
), delta AS (
    SELECT org_id, customer_id, metric_id, window_start_at, group_key, event_count - old_count AS event_count,
           total - old_total AS total, delta_seconds - old_delta_seconds AS delta_seconds,
           digest - old_digest + 2::numeric ^ 256 AS digest
      FROM newer
     WHERE (event_count, total, digest) <> (old_count, old_total, old_digest)
        OR coalesce(delta_seconds, 0) <> old_delta_seconds OR value IS DISTINCT FROM old_value
), {_ADD_TO_PERIODS}"""

_WRITE_POINTS: Final = f"""
WITH incoming AS (
    SELECT *
      FROM unnest(string_to_array($2, ',')::uuid[], $3::text[], string_to_array($4, ',')::uuid[],
                  string_to_array($5, ',')::timestamptz[], $6::text[],
                  string_to_array($7, ',')::bigint[], string_to_array($8, ',')::bigint[], $9::bytea[],
                  string_to_array($10, ',')::boolean[])
           AS i (org_id, customer_id, metric_id, window_start_at, group_key, generation, version, value_hash, present)
), newer AS MATERIALIZED (
    SELECT i.*, coalesce(p.present, false) AS was_present
      FROM incoming i
      LEFT JOIN usage_points p
        ON p.org_id = i.org_id AND p.customer_id = i.customer_id AND p.metric_id = i.metric_id
       AND p.window_start_at = i.window_start_at AND p.group_key = i.group_key AND p.shard = $1
       AND p.value_hash = i.value_hash
     WHERE p.version IS NULL OR (p.generation, p.version) < (i.generation, i.version)
), written AS (
    INSERT INTO usage_points (org_id, customer_id, metric_id, window_start_at, group_key, shard, value_hash,
                              generation, version, present)
    SELECT org_id, customer_id, metric_id, window_start_at, group_key, $1, value_hash, generation, version, present
      FROM newer
        ON CONFLICT (org_id, customer_id, metric_id, window_start_at, group_key, shard, value_hash) DO UPDATE
       SET generation = excluded.generation, version = excluded.version, present = excluded.present
), delta AS (
    SELECT DISTINCT org_id, customer_id, metric_id, window_start_at, group_key, 0::bigint AS event_count, 0::numeric AS total,
           NULL::numeric AS delta_seconds, 0::numeric AS digest
      FROM newer
     WHERE present <> was_present
), {_ADD_TO_PERIODS}"""

_DROP_STATES: Final = f"""
WITH gone AS (
    DELETE FROM usage_windows
     WHERE shard = $1 AND generation < $2
    RETURNING org_id, customer_id, metric_id, window_start_at, group_key, event_count, total, delta_seconds, digest
), delta AS (
    SELECT org_id, customer_id, metric_id, window_start_at, group_key, -event_count AS event_count, -total AS total,
           -delta_seconds AS delta_seconds, 2::numeric ^ 256 - digest AS digest
      FROM gone
), {_ADD_TO_PERIODS}"""

_DROP_POINTS: Final = f"""
WITH gone AS (
    DELETE FROM usage_points
     WHERE shard = $1 AND generation < $2
    RETURNING org_id, customer_id, metric_id, window_start_at, group_key, present
), delta AS (
    SELECT DISTINCT org_id, customer_id, metric_id, window_start_at, group_key, 0::bigint AS event_count, 0::numeric AS total,
           NULL::numeric AS delta_seconds, 0::numeric AS digest
      FROM gone
     WHERE present
), {_ADD_TO_PERIODS}"""


async def write_states(tx: Transaction, shard: int, states: Sequence[Stated]) -> None:
    """Store those that are newer than what is stored, and add what they change to every period that contains their window."""
    if not states:
        return
    fields = [each.state.state for each in states]
    await (await raw(tx)).execute(
        _WRITE_STATES,
        shard,
        *_columns([each.state for each in states], states),
        _joined(str(each.state.event_count) for each in states),
        _joined(each.get("sum") or each.get("delta", "0") for each in fields),
        _joined(each.get("delta_seconds", "") for each in fields),
        _joined(each.get("value", "") for each in fields),
        _joined(each.get("at", "") for each in fields),
        _joined(each.get("event_id", "") for each in fields),
        _joined(str(int(each.state.digest, 16)) for each in states),
    )


async def write_points(tx: Transaction, shard: int, points: Sequence[Pointed]) -> None:
    """Store those that are newer than what is stored, and mark every period that contains the window of one that came or went."""
    if not points:
        return
    await (await raw(tx)).execute(
        _WRITE_POINTS,
        shard,
        *_columns([each.point for each in points], points),
        [bytes.fromhex(each.point.value_hash) for each in points],
        _joined("t" if each.point.present else "f" for each in points),
    )


async def drop_lower(tx: Transaction, shard: int, generation: int) -> None:
    """The shard's rows of lower generations go, out of the periods as well."""
    connection = await raw(tx)
    await connection.execute(_DROP_STATES, shard, generation)
    await connection.execute(_DROP_POINTS, shard, generation)


def _columns(named: Sequence[WindowState | UniquePoint], versions: Sequence[Stated | Pointed]) -> tuple[object, ...]:
    """Key, generation and version. Texts that may hold a comma go as arrays."""
    return (
        _joined(str(each.org_id) for each in named),
        [each.customer_id for each in named],
        _joined(str(each.metric_id) for each in named),
        _joined(each.window_start_at.isoformat() for each in named),
        [each.group_key for each in versions],
        _joined(str(each.generation) for each in versions),
        _joined(str(each.version) for each in named),
    )


def _joined(values: Iterable[str]) -> str:
    """One text for a whole column: the driver takes ten times as long for an array of as many values."""
    return ",".join(values)
