"""Where a consumer stands, in its own database: the judgement of a failed compare-and-set, and the plain table of positions.

Consumers whose effects are keyed by unique ids (facts, audit entries, rejected events) use the table here. The aggregator and the
invoicer keep richer rows of their own, and the same judgement.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from usageflow_common.database import Transaction
from usageflow_common.kafka import Halt, LogBounds, Stale
from usageflow_common.topics import Topic

_TABLE: Final = "consumer_positions"


def judge_position(asked: int, stored: int | None, log: LogBounds) -> Stale | Halt | None:
    """What a failed compare-and-set means; None when `stored` is what was asked for.

    No row: halt (it is never offset 0). Stored before the log's start or behind its end: halt. Stored elsewhere: we are stale.
    """
    if stored is None:
        return Halt("position_unknown", "there is no stored position for this partition")
    if stored < log.start:
        return Halt("log_truncated", f"stored position {stored}, but the log starts at {log.start}")
    if stored > log.end:
        return Halt("log_recreated", f"stored position {stored}, but the log ends at {log.end}")
    return None if stored == asked else Stale(stored)


def positions_table(metadata: sa.MetaData) -> sa.Table:
    """`consumer_positions(topic, partition, next_offset)`."""
    return sa.Table(
        _TABLE,
        metadata,
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.CheckConstraint("next_offset >= 0 AND partition >= 0", name="not_negative"),
    )


async def read_position(tx: Transaction, topic: Topic, partition: int) -> int | None:
    """The stored position, None when there is none yet."""
    at = _positions.c
    stored: int | None = await tx.scalar(
        sa.select(at.next_offset).where(at.topic == topic.name, at.partition == partition)
    )
    return stored


async def advance_position(tx: Transaction, topic: Topic, partition: int, asked: int, after: int) -> bool:
    """Compare-and-set, first write of the transaction: False when another worker has moved it. A missing row is made by asked = 0."""
    if after <= asked:
        raise ValueError(f"A position only moves forward: {asked} to {after}.")
    at = _positions.c
    moved = await tx.execute(
        sa.update(_positions)
        .where(at.topic == topic.name, at.partition == partition, at.next_offset == asked)
        .values(next_offset=after)
    )
    if moved.rowcount or asked > 0:
        return moved.rowcount > 0
    # Two workers that both find no row: the second waits here for the first, and then inserts nothing.
    made = await tx.execute(
        insert(_positions)
        .values(topic=topic.name, partition=partition, next_offset=after)
        .on_conflict_do_nothing(index_elements=[at.topic, at.partition])
    )
    return made.rowcount > 0


_positions: Final = positions_table(sa.MetaData())
"""Without a schema: the search path of the service's role says whose table it is."""
