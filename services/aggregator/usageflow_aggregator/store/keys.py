"""The ledger of keys. It decides what is new, also between workers that meet on the same keys at the same moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.domain.ledger import Claims, Known
from usageflow_aggregator.domain.reading import EventKey
from usageflow_aggregator.store.columns import joined
from usageflow_common.database import Transaction, raw
from usageflow_common.ids import stable_hash

GENERATION_LOCK: Final = stable_hash("aggregator/key_generations") - 2**63
"""The advisory lock of the ledger's generations: shared by whoever inserts keys, exclusive for whoever begins a new generation."""

_LOCK: Final = "SELECT pg_advisory_xact_lock_shared($1)"

# A statement of its own, behind the lock: its snapshot shows the generation that a rotation has just begun.
_PRESENT: Final = "SELECT max(generation) FROM key_generations"

# Waits for a transaction that has inserted one of the keys and is still open. Sorted: two that meet lock the keys in one order.
# Older generations are frozen, so what is not seen in them is not there. The generation is a parameter: a plan then has the older
# ones only; and LIMIT keeps the probe a probe of their indexes, where a join might read a whole generation for a batch.
_CLAIM: Final = """
INSERT INTO event_keys (org_id, event_id, generation, payload_hash, partition, log_offset, day, tombstone)
SELECT new.org_id, new.event_id, $2, new.payload_hash, $1, new.log_offset, new.day, new.tombstone
  FROM unnest(string_to_array($3, ',')::uuid[], string_to_array($4, ',')::uuid[], string_to_array($5, ',')::bytea[],
              string_to_array($6, ',')::bigint[], string_to_array($7, ',')::date[], string_to_array($8, ',')::boolean[])
       AS new (org_id, event_id, payload_hash, log_offset, day, tombstone)
 WHERE (SELECT old.generation FROM event_keys AS old
         WHERE old.org_id = new.org_id AND old.event_id = new.event_id AND old.generation < $2 LIMIT 1) IS NULL
 ORDER BY new.org_id, new.event_id
ON CONFLICT (org_id, event_id, generation) DO NOTHING
RETURNING log_offset"""

_FIND: Final = """
SELECT asked.ordinal, there.payload_hash, there.partition, there.log_offset, there.day, there.tombstone
  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (org_id, event_id, ordinal)
 CROSS JOIN LATERAL (
       SELECT key.payload_hash, key.partition, key.log_offset, key.day, key.tombstone FROM event_keys AS key
        WHERE key.org_id = asked.org_id AND key.event_id = asked.event_id LIMIT 1) AS there"""

_NO_PAYLOAD: Final = bytes(32)
"""Of a tombstone."""


async def claim_keys(tx: Transaction, partition: int, claims: Claims) -> frozenset[int]:
    """Insert the keys that are new; the offsets of the records that took them."""
    connection = await raw(tx)
    # 1. Held until the transaction ends, and taken before the statement that reads which generation is the present one.
    await connection.execute(_LOCK, GENERATION_LOCK)
    generation = await connection.fetchval(_PRESENT)
    # 2. The keys.
    rows = await connection.fetch(_CLAIM, partition, generation, *_columns(claims))
    return frozenset(row["log_offset"] for row in rows)


async def find_known(tx: Transaction, keys: Iterable[EventKey]) -> dict[EventKey, Known]:
    """Keys that are there. A statement of its own: it must see what `claim_keys` waited for."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return {}
    connection = await raw(tx)
    rows = await connection.fetch(_FIND, [UUID(int=org) for org, _ in asked], [UUID(int=event) for _, event in asked])
    return {
        asked[row["ordinal"] - 1]: Known(
            row["payload_hash"], row["partition"], row["log_offset"], row["day"], row["tombstone"]
        )
        for row in rows
    }


def _columns(claims: Claims) -> list[str]:
    usages, voids = claims.usages, claims.voids
    names = [usage.key for usage in usages] + [void.key for void in voids]
    days = [day_of(usage.appended_at) for usage in usages] + [day_of(void.appended_at) for void in voids]
    written = {day: day.isoformat() for day in set(days)}
    return [
        joined([f"{org:032x}" for org, _ in names]),
        joined([f"{event:032x}" for _, event in names]),
        joined([f"\\x{usage.payload_hash.hex()}" for usage in usages] + [f"\\x{_NO_PAYLOAD.hex()}"] * len(voids)),
        joined([str(usage.offset) for usage in usages] + [str(void.offset) for void in voids]),
        joined([written[day] for day in days]),
        joined(["f"] * len(usages) + ["t"] * len(voids)),
    ]
