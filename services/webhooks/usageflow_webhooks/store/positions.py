"""Positions of several partitions at once, with the judgement and the order of locks of `usageflow_common.positions`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from usageflow_common.database import Transaction, raw
from usageflow_common.positions import advance_position
from usageflow_common.topics import Topic

Move = tuple[Topic, int, int, int]
"""Topic, partition, the position that was asked for, the one behind what was read."""

# Locked one after the other, in their order: two workers that read the same partitions wait for each other, and not in a circle.
_MOVE: Final = """
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS asked (topic, partition, asked, after)),
held AS (
    SELECT p.topic, p.partition, asked.after
      FROM consumer_positions p JOIN asked USING (topic, partition)
     WHERE p.next_offset = asked.asked ORDER BY p.topic, p.partition FOR UPDATE OF p)
UPDATE consumer_positions p SET next_offset = held.after
  FROM held WHERE p.topic = held.topic AND p.partition = held.partition
RETURNING p.topic, p.partition"""


async def advance_positions(tx: Transaction, moves: Sequence[Move]) -> list[bool]:
    """As `advance_position` for each, given by topic and partition in order; one statement where each is of another partition."""
    named = {(topic.name, partition) for topic, partition, _, _ in moves}
    if len(moves) == 1 or len(named) < len(moves) or any(after <= asked for _, _, asked, after in moves):
        return [await advance_position(tx, *move) for move in moves]
    rows = await (await raw(tx)).fetch(
        _MOVE,
        [topic.name for topic, _, _, _ in moves],
        [partition for _, partition, _, _ in moves],
        [asked for _, _, asked, _ in moves],
        [after for _, _, _, after in moves],
    )
    moved = {(row["topic"], row["partition"]) for row in rows}
    # A partition that was never read has no row yet.
    return [(move[0].name, move[1]) in moved or (move[2] == 0 and await advance_position(tx, *move)) for move in moves]
