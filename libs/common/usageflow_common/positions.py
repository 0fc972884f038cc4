"""Where a consumer stands, in its own database: the judgement of a failed compare-and-set, and the plain table of positions.

Consumers whose effects are keyed by unique ids (facts, audit entries, rejected events) use the table here. The aggregator and the
invoicer keep richer rows of their own, and the same judgement.
"""

from __future__ import annotations

import sqlalchemy as sa

from usageflow_common.database import Transaction
from usageflow_common.kafka import Halt, LogBounds, Stale
from usageflow_common.topics import Topic


def judge_position(asked: int, stored: int | None, log: LogBounds) -> Stale | Halt | None:
    """What a failed compare-and-set means; None when `stored` is what was asked for.

    No row: halt (it is never offset 0). Stored before the log's start or behind its end: halt. Stored elsewhere: we are stale.
    """
    raise NotImplementedError


def positions_table(metadata: sa.MetaData) -> sa.Table:
    """`consumer_positions(topic, partition, next_offset)`."""
    raise NotImplementedError


async def read_position(tx: Transaction, topic: Topic, partition: int) -> int | None:
    """The stored position, None when there is none yet."""
    raise NotImplementedError


async def advance_position(tx: Transaction, topic: Topic, partition: int, asked: int, after: int) -> bool:
    """Compare-and-set, first write of the transaction: False when another worker has moved it. A missing row is made by asked = 0."""
    raise NotImplementedError
