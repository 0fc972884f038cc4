"""From Kafka to the use case: decodes usage.aggregated, keeps the parts of a record whose last part is still to come, and behind a
gap reads on for the whole shard that fills it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.kafka import Applied, Batch, Halt, Incoming, LogBounds, Outcome
from usageflow_common.logs import get_logger
from usageflow_common.metrics import HALTED_PARTITIONS
from usageflow_common.records import UsageAggregated
from usageflow_common.topics import USAGE_AGGREGATED, UnknownSchema, Unreadable, decode
from usageflow_invoicer.domain.chain import NotReadable, Read
from usageflow_invoicer.service.apply import apply_batch, resume_position

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    """Messages from the stored position on that wait for what comes behind them, up to `after`. `gap`: only a whole shard helps."""

    batch: Batch
    after: int
    gap: Halt | None = None


class UsageHandler:
    """The stored position never passes what was not applied, so after a crash parts are read again from the first one, gaps as well."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._held: dict[int, _Held] = {}

    async def resume(self, partition: int, log: LogBounds) -> int | Halt:
        """From the database; what is held in memory is read again."""
        self._hold(partition, None)
        return await resume_position(self._engine, partition, log)

    async def handle(self, batch: Batch) -> Outcome:
        """Apply the batch behind what is held, if it continues that.

        A gap stands still with an alarm, but reads on: a republished shard somewhere behind it puts everything right.
        """
        partition, held, whole = batch.partition, self._held.get(batch.partition), batch
        if held is not None and held.after == batch.asked:
            whole = Batch(partition, held.batch.asked, (*held.batch.records, *batch.records))
        reads = [Read(message.offset, _record(message)) for message in whole.records]
        outcome = await apply_batch(self._engine, partition, whole.asked, reads)
        match outcome:
            case Halt(reason="gap"):
                # Of a search the messages that led to it are kept, whatever has passed since.
                kept = held.batch if held is not None and held.gap is not None else whole
                self._hold(partition, _Held(kept, batch.after, outcome))
                return Applied(batch.after)
            case Applied(next=position) if position < batch.after:
                waiting = tuple(message for message in whole.records if message.offset >= position)
                self._hold(partition, _Held(Batch(partition, position, waiting), batch.after))
                return Applied(batch.after)
            case _:
                self._hold(partition, None)
                return outcome

    def _hold(self, partition: int, held: _Held | None) -> None:
        """Keep it or let go; the alarm of a gap begins and ends here."""
        before = self._held.pop(partition, None)
        if held is not None:
            self._held[partition] = held
        was, now = before is not None and before.gap is not None, held is not None and held.gap is not None
        if was == now:
            return
        (HALTED_PARTITIONS.labels(USAGE_AGGREGATED.name, "gap").inc if now else _gap_ended)()
        if held is not None and held.gap is not None:
            _log.error("usage_gap", partition=partition, detail=held.gap.detail, position=held.batch.asked)


def _gap_ended() -> None:
    HALTED_PARTITIONS.labels(USAGE_AGGREGATED.name, "gap").dec()


def _record(message: Incoming) -> UsageAggregated | NotReadable:
    decoded = decode(USAGE_AGGREGATED, message.value, message.headers.get("schema"))
    match decoded:
        case UsageAggregated():
            return decoded
        case UnknownSchema(schema):
            return NotReadable(f"unknown schema {schema}")
        case Unreadable(detail):
            return NotReadable(f"unreadable: {detail}")
        case _:
            raise TypeError(f"{type(decoded).__name__} does not belong into usage.aggregated")
