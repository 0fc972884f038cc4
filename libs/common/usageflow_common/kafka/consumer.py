"""The consumer loop."""

from __future__ import annotations

from collections.abc import Mapping

from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.outcomes import Blocked, Halt, PartitionHandler
from usageflow_common.topics import Topic


class PartitionConsumer:
    """The consumer loop of one topic: survives rebalances and a broker that goes away; partitions of one process run side by side."""

    def __init__(
        self,
        bus: Bus,
        topic: Topic,
        handler: PartitionHandler,
        *,
        group: str,
        batch_records: int = 5_000,
        batch_bytes: int = 8 * 2**20,
        session_timeout_seconds: float = 10.0,
    ) -> None:
        """`group` gets the topic prefix. Static membership is used when USAGEFLOW_INSTANCE_ID is set."""
        raise NotImplementedError

    async def run(self) -> None:
        """Until cancelled. Offsets are also committed to Kafka, for lag-based scaling alone."""
        raise NotImplementedError

    @property
    def halted(self) -> Mapping[int, Halt | Blocked]:
        """Partitions that stand still, and why; also a metric."""
        raise NotImplementedError
