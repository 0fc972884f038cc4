"""What upkeep asks and changes: generations of keys and days of raw events, by functions of the schema's owner that check what they are asked.

Each change may have to wait for whoever is counting, and everybody else then waits behind it: it gives up after two seconds
(asyncpg.LockNotAvailableError), and the next round tries again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from usageflow_aggregator.domain.upkeep import Generation
from usageflow_common.database import Transaction, raw
from usageflow_common.ids import stable_hash

_TURN_LOCK: Final = stable_hash("aggregator/upkeep") - 2**63

_TURN: Final = "SELECT pg_try_advisory_xact_lock($1)"
_BRIEFLY: Final = "SET LOCAL lock_timeout = '2s'"

# As the planner estimates: the density that vacuum saw last, times the pages of now. A key takes about 120 bytes.
_GENERATIONS: Final = """
SELECT kept.generation, kept.started_at, lead(kept.started_at) OVER (ORDER BY kept.generation) AS ended_at,
       (CASE WHEN c.relpages > 0 THEN c.reltuples / c.relpages ELSE current_setting('block_size')::integer / 120 END
        * pg_relation_size(c.oid) / current_setting('block_size')::integer)::bigint AS keys,
       pg_total_relation_size(c.oid) AS bytes
  FROM key_generations AS kept
  JOIN pg_class AS c ON c.oid = to_regclass('event_keys_' || kept.generation)
 WHERE kept.dropped_at IS NULL
 ORDER BY kept.generation"""
_BEGIN: Final = "SELECT begin_key_generation($1)"
_DROP: Final = "SELECT drop_key_generation($1)"

_DAYS: Final = """
SELECT to_date(substring(c.relname FROM '^usage_events_([0-9]{8})$'), 'YYYYMMDD') AS day, c.relname AS name,
       pg_total_relation_size(c.oid) AS bytes
  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'usage_events'::regclass
 ORDER BY day"""
_DETACHED: Final = """
SELECT to_date(substring(c.relname FROM '^detached_usage_events_([0-9]{8})'), 'YYYYMMDD') AS day, c.relname AS name,
       pg_total_relation_size(c.oid) AS bytes
  FROM pg_class AS c
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND starts_with(c.relname, 'detached_usage_events_')
 ORDER BY c.relname"""
_DETACH: Final = "SELECT detach_event_day($1)"


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A day of raw events: its table, and what it takes on disk with its indexes."""

    day: date
    table: str
    bytes: int


async def take_turn(tx: Transaction) -> bool:
    """Whether nobody else changes anything here; until the transaction ends. Else one would wait for the other's change, twice as long."""
    connection = await raw(tx)
    taken: bool = await connection.fetchval(_TURN, _TURN_LOCK)
    return taken


async def read_generations(tx: Transaction) -> list[Generation]:
    """The generations that are kept, oldest first; the last one takes new keys."""
    connection = await raw(tx)
    return [Generation(**row) for row in await connection.fetch(_GENERATIONS)]


async def begin_generation(tx: Transaction, after: int) -> bool:
    """Freeze generation `after` and begin the next one; False when it is not the present one any more."""
    return bool(await _change(tx, _BEGIN, after))


async def drop_generation(tx: Transaction, generation: int) -> bool:
    """Forget the keys of a generation; False when it is gone already. The database refuses one whose keys may still be needed."""
    return bool(await _change(tx, _DROP, generation))


async def read_days(tx: Transaction) -> list[KeptDay]:
    """The days that queries see."""
    return await _kept_days(tx, _DAYS)


async def read_detached_days(tx: Transaction) -> list[KeptDay]:
    """The days that were detached and still take room."""
    return await _kept_days(tx, _DETACHED)


async def detach_day(tx: Transaction, day: date) -> str | None:
    """Set a day aside; the name that its table has now, None when it is gone already. The database refuses a young one."""
    name = await _change(tx, _DETACH, day)
    return None if name is None else str(name)


async def _change(tx: Transaction, statement: str, what: int | date) -> object:
    connection = await raw(tx)
    await connection.execute(_BRIEFLY)
    changed: object = await connection.fetchval(statement, what)
    return changed


async def _kept_days(tx: Transaction, statement: str) -> list[KeptDay]:
    connection = await raw(tx)
    return [KeptDay(row["day"], row["name"], row["bytes"]) for row in await connection.fetch(statement)]
