"""The consumer of one topic: memberships in its group, one after the other, through rebalances and outages of any length."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer

from usageflow_common.kafka.backoff import Backoff
from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.membership import Followed, Membership
from usageflow_common.kafka.outcomes import Blocked, Halt, PartitionHandler
from usageflow_common.kafka.partition import BatchLimits
from usageflow_common.kafka.security import security_of
from usageflow_common.logs import get_logger
from usageflow_common.topics import Topic

_LASTED_SECONDS: Final = 30.0
_METADATA_MAX_AGE_MS: Final = 10_000
_DAY_MS: Final = 86_400_000
_FETCH_BYTES: Final = 2 * 2**20


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
        self._bus = bus
        self._topic = topic
        self._group = bus.settings.topic_prefix + group
        self._session_timeout_seconds = session_timeout_seconds
        self._followed = Followed(
            topic=topic.name,
            log_name=bus.name(topic),
            handler=handler,
            limits=BatchLimits(batch_records, batch_bytes),
            drain_seconds=session_timeout_seconds / 2,
        )
        self._membership: Membership | None = None
        self._log = get_logger(__name__).bind(topic=topic.name, group=self._group)

    async def run(self) -> None:
        """Until cancelled. Offsets are also committed to Kafka, for lag-based scaling alone."""
        clock = asyncio.get_running_loop().time
        backoff = Backoff()
        while True:
            began_at = clock()
            self._membership = Membership(self._make(), self._followed)
            try:
                await self._membership.serve()
            except Exception as error:  # noqa: BLE001 the loop's boundary: whatever ended the membership, the next one starts
                self._log.warning("consumer_starts_again", error=repr(error))
            if clock() - began_at > _LASTED_SECONDS:
                backoff.reset()
            await backoff.pause()

    @property
    def halted(self) -> Mapping[int, Halt | Blocked]:
        """Partitions that stand still, and why; also a metric."""
        return self._membership.standing if self._membership is not None else {}

    def _make(self) -> AIOKafkaConsumer:
        session_ms = int(self._session_timeout_seconds * 1000)
        # A member that revokes may take as long as its drain, which is half a session, before it joins again.
        rebalance_ms = session_ms * 2
        return AIOKafkaConsumer(
            bootstrap_servers=self._bus.settings.kafka_bootstrap,
            **security_of(self._bus.settings),
            client_id=f"usageflow-{self._bus.service}",
            group_id=self._group,
            group_instance_id=self._bus.settings.instance_id,
            auto_offset_reset="none",
            enable_auto_commit=False,
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 4,
            rebalance_timeout_ms=rebalance_ms,
            request_timeout_ms=rebalance_ms + 5_000,
            # Partitions that stand still, or whose database is away, are not read: that is no reason to leave the group.
            max_poll_interval_ms=_DAY_MS,
            max_partition_fetch_bytes=_FETCH_BYTES,
            metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        )
