"""Keys of long ago: generations of the ledger that are full, made by SQL in the order of their ids, which is how an index is filled fastest."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from usageflow_common.database import RawConnection

GENERATION_KEYS: Final = 8_000_000
"""The default of USAGEFLOW_KEYS_PER_GENERATION."""
_CHUNK: Final = 500_000

_PRESENT: Final = "SELECT max(generation) FROM aggregator.key_generations"
_BEGIN: Final = "SELECT aggregator.begin_key_generation($1)"
# Ids spread evenly over all that there are, as hashes do.
_FILL: Final = """
INSERT INTO aggregator.event_keys (org_id, event_id, generation, payload_hash, partition, log_offset, day)
SELECT $5, (lpad(to_hex((n * 4294967295::bigint) / $4), 8, '0') || substr(md5(n::text), 1, 24))::uuid, $1,
       decode(repeat('00', 32), 'hex'), 0, n, current_date - 100
  FROM generate_series($2::bigint, $3::bigint) AS n"""
_VACUUM: Final = "VACUUM (ANALYZE) aggregator.event_keys"


async def fill(owner: RawConnection, org_id: UUID, keys: int) -> int:
    """Put so many keys of an organization into older generations, and begin one for new keys; how many are full."""
    left, generations = keys, 0
    while left > 0:
        present = await owner.fetchval(_PRESENT)
        size = min(left, GENERATION_KEYS)
        for first in range(1, size + 1, _CHUNK):
            last = min(first + _CHUNK - 1, size)
            await owner.execute(_FILL, present, first, last, size, org_id, timeout=600)
        await owner.fetchval(_BEGIN, present)
        left, generations = left - size, generations + 1
    await owner.execute(_VACUUM, timeout=600)
    return generations
