"""The hot path into one topic."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.messages import Outgoing
from usageflow_common.topics import Topic


class Funnel:
    """The hot path into one topic: handlers wait for a future, one task drains a bounded queue and builds the batches.

    Bounded by messages and bytes; one organization may fill a quarter of it. Overloaded when full, Unavailable at the deadline:
    then the outcome is unknown and the caller must retry with the same keys.
    """

    def __init__(
        self,
        bus: Bus,
        topic: Topic,
        *,
        capacity_messages: int = 50_000,
        capacity_bytes: int = 64 * 2**20,
        timeout_seconds: float = 10.0,
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """The task. Ends when cancelled, or by raising what nobody can mend."""
        raise NotImplementedError

    async def submit(self, org_id: UUID, messages: Sequence[Outgoing]) -> None:
        """Return when every message is acknowledged by all in-sync replicas."""
        raise NotImplementedError

    async def drain(self, seconds: float) -> None:
        """Wait until nothing is queued or under way, at most so long."""
        raise NotImplementedError
