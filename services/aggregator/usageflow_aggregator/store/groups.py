"""The groups that were admitted, in front of the cap; one writer for each shard, as for its windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from usageflow_aggregator.domain.groups import GroupName, Holder
from usageflow_common.database import Transaction, raw

_FIND: Final = """
SELECT asked.ordinal
  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) WITH ORDINALITY
       AS asked (org_id, metric_id, customer_id, group_key, ordinal)
  JOIN group_values AS there
    ON there.org_id = asked.org_id AND there.metric_id = asked.metric_id AND there.customer_id = asked.customer_id
   AND there.shard = $1 AND there.group_key = asked.group_key"""

_COUNT: Final = """
SELECT asked.ordinal,
       (SELECT count(*)
          FROM group_values AS there
         WHERE there.org_id = asked.org_id AND there.metric_id = asked.metric_id
           AND there.customer_id = asked.customer_id AND there.shard = $1) AS groups
  FROM unnest($2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY AS asked (org_id, metric_id, customer_id, ordinal)"""

_INSERT: Final = """
INSERT INTO group_values (org_id, metric_id, customer_id, shard, group_key)
SELECT org_id, metric_id, customer_id, $1, group_key
  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS added (org_id, metric_id, customer_id, group_key)"""


async def find_groups(tx: Transaction, shard: int, names: Sequence[GroupName]) -> set[GroupName]:
    """Those that were admitted."""
    connection = await raw(tx)
    rows = await connection.fetch(_FIND, shard, *_columns(names))
    return {names[row["ordinal"] - 1] for row in rows}


async def count_groups(tx: Transaction, shard: int, holders: Iterable[Holder]) -> dict[Holder, int]:
    """How many each of them has."""
    asked = list(dict.fromkeys(holders))
    connection = await raw(tx)
    rows = await connection.fetch(_COUNT, shard, *_holder_columns(asked))
    return {asked[row["ordinal"] - 1]: row["groups"] for row in rows}


async def insert_groups(tx: Transaction, shard: int, names: Sequence[GroupName]) -> None:
    """Admit them."""
    if names:
        connection = await raw(tx)
        await connection.execute(_INSERT, shard, *_columns(names))


def _columns(names: Sequence[GroupName]) -> list[list[Any]]:
    return [*_holder_columns([holder for holder, _ in names]), [group for _, group in names]]


def _holder_columns(holders: Sequence[Holder]) -> list[list[Any]]:
    return [
        [UUID(int=holder.org) for holder in holders],
        [UUID(int=holder.metric) for holder in holders],
        [holder.customer_id for holder in holders],
    ]
