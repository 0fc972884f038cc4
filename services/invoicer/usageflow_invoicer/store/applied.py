"""Usage as it arrives: the position of each partition, windows, and the periods that are kept current from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from usageflow_common.database import Transaction, raw
from usageflow_common.records import UsageAggregated
from usageflow_invoicer.domain.chain import Standing
from usageflow_invoicer.domain.usage import Usage
from usageflow_invoicer.domain.windows import Version, WindowChange, WindowKey


@dataclass(frozen=True, slots=True)
class Refused:
    """The position is not what was asked for; None when there is no row."""

    stored: int | None


_TAKE: Final = """
UPDATE applied_offsets SET position = position
 WHERE partition = $1 AND position = $2
RETURNING generation, applied"""

_STORED: Final = "SELECT position FROM applied_offsets WHERE partition = $1"

_MOVE: Final = "UPDATE applied_offsets SET applied = $2, position = $3 WHERE partition = $1"

_WINDOWS: Final = """
SELECT i.org_id, i.customer_id, i.metric_id, i.window_start_at, i.group_key,
       w.generation, w.version, w.event_count, w.total, w.digest
  FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[])
       AS i (org_id, customer_id, metric_id, window_start_at, group_key)
  JOIN usage_windows w USING (org_id, customer_id, metric_id, window_start_at, group_key)
 WHERE w.shard = $1"""

_WRITE_WINDOWS: Final = """
INSERT INTO usage_windows (org_id, customer_id, metric_id, window_start_at, group_key, shard,
                           generation, version, event_count, total, digest)
SELECT org_id, customer_id, metric_id, window_start_at, group_key, $1, generation, version, event_count, total, digest
  FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[],
              $7::bigint[], $8::bigint[], $9::bigint[], $10::numeric[], $11::numeric[])
       AS i (org_id, customer_id, metric_id, window_start_at, group_key, generation, version, event_count, total, digest)
    ON CONFLICT (org_id, customer_id, metric_id, window_start_at, group_key, shard) DO UPDATE
   SET generation = excluded.generation, version = excluded.version, event_count = excluded.event_count,
       total = excluded.total, digest = excluded.digest"""

# Always marked as changed, whatever the state of the period: whether it was invoiced meanwhile is for the next run to see.
# Not an upsert: its insert would have to pass the table's checks with a difference that may be negative.
_ADD_TO_PERIODS: Final = """
WITH added AS (
    SELECT c.org_id, c.subscription_id, c.period_id, c.charge_id,
           sum(d.event_count) AS event_count, sum(d.total) AS total, mod(sum(d.digest), 2::numeric ^ 256) AS digest
      FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::bigint[], $7::numeric[], $8::numeric[])
           AS d (org_id, customer_id, metric_id, window_start_at, event_count, total, digest)
      JOIN period_charges c
        ON c.org_id = d.org_id AND c.customer_id = d.customer_id AND c.metric_id = d.metric_id
       AND d.window_start_at >= c.start_at AND d.window_start_at < c.end_at
     GROUP BY c.org_id, c.subscription_id, c.period_id, c.charge_id
), updated AS (
    UPDATE usage_periods u
       SET event_count = u.event_count + added.event_count,
           total = u.total + added.total,
           digest = mod(u.digest + added.digest, 2::numeric ^ 256),
           changed = true
      FROM added
     WHERE u.org_id = added.org_id AND u.subscription_id = added.subscription_id AND u.period_id = added.period_id
       AND u.charge_id = added.charge_id AND u.shard = $1
    RETURNING u.period_id, u.charge_id
)
INSERT INTO usage_periods (org_id, subscription_id, period_id, charge_id, shard, event_count, total, digest, changed)
SELECT org_id, subscription_id, period_id, charge_id, $1, event_count, total, digest, true
  FROM added
 WHERE (period_id, charge_id) NOT IN (SELECT period_id, charge_id FROM updated)
 ORDER BY org_id, subscription_id, period_id, charge_id"""

_QUARANTINE: Final = """
INSERT INTO quarantined_records (partition, "offset", org_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""

_RELEASE: Final = """DELETE FROM quarantined_records WHERE partition = $1 AND "offset" = ANY($2::bigint[])"""


async def take_position(tx: Transaction, partition: int, asked: int) -> Standing | Refused:
    """Compare-and-set on the position asked for, by the first write of the transaction: it locks the partition until the end."""
    connection = await raw(tx)
    row = await connection.fetchrow(_TAKE, partition, asked)
    if row is not None:
        return Standing(row["generation"], row["applied"])
    return Refused(await connection.fetchval(_STORED, partition))


async def read_position(tx: Transaction, partition: int) -> int | None:
    """Where to read on in usage.aggregated; None when the partition has no row."""
    position: int | None = await (await raw(tx)).fetchval(_STORED, partition)
    return position


async def move_position(tx: Transaction, partition: int, applied: int, position: int) -> None:
    """Behind what this transaction applied. The row was locked by take_position."""
    await (await raw(tx)).execute(_MOVE, partition, applied, position)


async def read_windows(tx: Transaction, shard: int, keys: Sequence[WindowKey]) -> dict[WindowKey, Version]:
    """The stored states of these windows; the shard has one writer, so they stay until the end of the transaction."""
    rows = await (await raw(tx)).fetch(_WINDOWS, shard, *_columns(keys))
    return {
        WindowKey(*row[:5]): Version(row[5], row[6], Usage(row[7], row[8], int(row[9])))
        for row in (tuple(record) for record in rows)
    }


async def write_changes(tx: Transaction, shard: int, changes: Sequence[WindowChange]) -> None:
    """Store newer states, and add what is new to every period that contains the window."""
    connection = await raw(tx)
    keys = _columns([change.key for change in changes])
    states = [change.version for change in changes]
    await connection.execute(
        _WRITE_WINDOWS,
        shard,
        *keys,
        [state.generation for state in states],
        [state.version for state in states],
        [state.usage.event_count for state in states],
        [state.usage.total for state in states],
        [Decimal(state.usage.digest) for state in states],
    )
    await connection.execute(
        _ADD_TO_PERIODS,
        shard,
        *keys[:4],
        [change.delta.event_count for change in changes],
        [change.delta.total for change in changes],
        [Decimal(change.delta.digest) for change in changes],
    )


async def note_quarantine(tx: Transaction, records: Sequence[UsageAggregated]) -> None:
    """Remember what nobody could read, and forget what was released."""
    connection = await raw(tx)
    for record in records:
        for item in record.quarantined:
            await connection.execute(_QUARANTINE, record.partition, item.offset, item.org_id)
        if record.released:
            await connection.execute(_RELEASE, record.partition, list(record.released))


_ECHO: Final = """
UPDATE barrier_partitions SET marker_offset = coalesce(marker_offset, $3) WHERE barrier_id = $1 AND partition = $2"""

_REQUIRE: Final = """
UPDATE barrier_partitions b SET required = greatest(b.required, p.required)
  FROM (SELECT partition, required FROM barrier_partitions
         WHERE barrier_id = $1 ORDER BY partition FOR UPDATE) held
  JOIN unnest($2::int[], $3::bigint[]) AS p (partition, required) ON p.partition = held.partition
 WHERE b.barrier_id = $1 AND b.partition = held.partition AND b.required < p.required"""


async def note_echoes(tx: Transaction, record: UsageAggregated) -> None:
    """The record's markers have passed in its partition, provided that every partition is applied as far as the record says."""
    connection = await raw(tx)
    positions: Mapping[int, int] = {int(partition): offset for partition, offset in record.positions.items()}
    for marker in record.markers:
        await connection.execute(_REQUIRE, marker.barrier_id, list(positions), list(positions.values()))
        await connection.execute(_ECHO, marker.barrier_id, record.partition, marker.offset)


_FREEZE: Final = "SELECT partition FROM applied_offsets ORDER BY partition FOR SHARE"

_HOLD: Final = "LOCK TABLE applied_offsets IN SHARE MODE"

_FILL: Final = """
INSERT INTO usage_periods (org_id, subscription_id, period_id, charge_id, shard, event_count, total, digest, changed)
SELECT c.org_id, c.subscription_id, c.period_id, c.charge_id, w.shard,
       sum(w.event_count), sum(w.total), mod(sum(w.digest), 2::numeric ^ 256), true
  FROM period_charges c
  JOIN usage_windows w
    ON w.org_id = c.org_id AND w.customer_id = c.customer_id AND w.metric_id = c.metric_id
   AND w.window_start_at >= c.start_at AND w.window_start_at < c.end_at
 WHERE c.org_id = $1 AND c.period_id = ANY($2::uuid[])
 GROUP BY c.org_id, c.subscription_id, c.period_id, c.charge_id, w.shard"""


async def freeze_positions(tx: Transaction) -> None:
    """No state is applied until this transaction ends. First statement of whoever makes periods, in READ COMMITTED."""
    await (await raw(tx)).execute(_FREEZE)


async def hold_positions(tx: Transaction) -> None:
    """The same, before a REPEATABLE READ transaction has its snapshot: locking a table takes none, locking rows would."""
    await (await raw(tx)).execute(_HOLD)


async def fill_periods(tx: Transaction, org_id: object, period_ids: Sequence[object]) -> None:
    """The usage that new periods have already. After freeze_positions, so that no state falls between this and the next apply."""
    await (await raw(tx)).execute(_FILL, org_id, list(period_ids))


def _columns(keys: Sequence[WindowKey]) -> tuple[list[object], ...]:
    return tuple([key[column] for key in keys] for column in range(5))


FIRST_GENERATION: Final = 1
"""The generation that the aggregator's shards begin with."""

_INSERT_MISSING: Final = """
INSERT INTO applied_offsets (partition, generation, applied, position)
SELECT partition, $2, 0, 0 FROM generate_series(0, $1 - 1) AS partition
    ON CONFLICT DO NOTHING"""


async def insert_missing(tx: Transaction, partitions: int) -> None:
    """Rows at the beginning of the log for partitions that have none."""
    await (await raw(tx)).execute(_INSERT_MISSING, partitions, FIRST_GENERATION)
