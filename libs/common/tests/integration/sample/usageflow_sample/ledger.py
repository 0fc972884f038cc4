"""A consumer whose database is a dictionary: positions move by compare-and-set, and every effect is written down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from usageflow_common.kafka import Applied, Batch, Halt, LogBounds, Outcome, Stale
from usageflow_common.positions import judge_position


@dataclass
class Ledger:
    """What several workers share, as they would share a database."""

    positions: dict[int, int] = field(default_factory=dict)
    counted: list[tuple[int, int, bytes]] = field(default_factory=list)
    skipped: int = 0

    def values(self) -> list[bytes]:
        return [value for _, _, value in self.counted]


@dataclass
class Worker:
    """A PartitionHandler. `before_commit` may refuse a batch, or fail, before anything is written."""

    ledger: Ledger
    before_commit: Callable[[Batch], Outcome | None] = lambda _: None
    checks_position: bool = True
    batches: list[Batch] = field(default_factory=list)
    resumed: list[tuple[int, LogBounds]] = field(default_factory=list)

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        self.resumed.append((partition, log))
        stored = self.ledger.positions.setdefault(partition, 0)
        verdict = judge_position(stored, stored, log)
        return verdict if isinstance(verdict, Halt) else stored

    async def handle(self, batch: Batch) -> Outcome:
        self.batches.append(batch)
        await asyncio.sleep(0.005)  # a transaction takes its time, in which another worker may be quicker
        if (refusal := self.before_commit(batch)) is not None:
            return refusal
        stored = self.ledger.positions[batch.partition]
        if self.checks_position and stored != batch.asked:
            return Stale(stored)
        self.ledger.positions[batch.partition] = batch.after
        self.ledger.skipped += batch.after - batch.asked - len(batch.records)
        self.ledger.counted.extend((batch.partition, record.offset, record.value or b"") for record in batch.records)
        return Applied(batch.after)
