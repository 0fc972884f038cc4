"""What the clients say and measure, and the log in memory as the services look at it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from usageflow_common.ids import event_id
from usageflow_common.kafka import Incoming, LogBounds
from usageflow_common.records import MetricRecord, UsageEvent

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CUSTOMERS = ("user_1", "user_2")


class MemoryReader:
    """Looks at single places of the log, as usageflow_common.kafka.LogReader does."""

    def __init__(self, logs: list[list[Incoming]]) -> None:
        self._logs = logs

    async def bounds(self, partition: int) -> LogBounds:
        """The log's start and end."""
        return LogBounds(0, len(self._logs[partition]))

    async def read_at(self, partition: int, offset: int) -> Incoming | None:
        """The record there."""
        log = self._logs[partition]
        return log[offset] if offset < len(log) else None


class NoCatalog:
    """The book knows every metric."""

    async def read_to_end(self) -> None:
        raise AssertionError("a metric is unknown")


# (code, aggregation, property, group-by keys); the first two are in every world.
METRICS = (
    ("CALLS", "SUM", None, ()),
    ("REQUESTS", "COUNT", None, ()),
    ("PEAK", "MAX", None, ()),
    ("LAST", "LATEST", "bytes", ()),
    ("LEVEL", "WEIGHTED_SUM", None, ()),
    ("USERS", "UNIQUE", "user", ()),
    ("CALLS_BY_REGION", "SUM", None, ("region",)),
)


def metrics_of(org_id: UUID, count: int) -> list[MetricRecord]:
    """The first so many of METRICS; every event feeds all of them."""
    return [
        MetricRecord(
            org_id=org_id,
            metric_id=uuid5(org_id, code),
            code=code,
            event_name="CALLS",
            aggregation=aggregation,
            value_property=value_property,
            filters=(),
            group_by=group_by,
            status="active",
            active_from=NOON,
            created_at=NOON,
            version=1,
        )
        for code, aggregation, value_property, group_by in METRICS[:count]
    ]


def plan_of(chance: Random, org_id: UUID, events: int, metrics: int) -> list[UsageEvent]:
    """The clients' events; some use a key that was used before, with another content."""
    plan: list[UsageEvent] = []
    for number in range(events):
        key = f"key-{number if chance.random() > 0.3 or not number else chance.randrange(number)}"
        customer, amount = chance.choice(CUSTOMERS), str(chance.randrange(1, 50))
        at = NOON + timedelta(minutes=15 * chance.randrange(2), seconds=chance.randrange(2))
        properties = {"bytes": chance.randrange(9), "user": f"u{chance.randrange(3)}", "region": chance.choice("ab")}
        plan.append(
            UsageEvent(
                org_id=org_id,
                event_id=event_id(org_id, key),
                idempotency_key=key,
                metric="CALLS",
                metric_ids=tuple(metric.metric_id for metric in metrics_of(org_id, metrics)),
                amount=amount,
                customer_id=customer,
                occurred_at=at,
                occurred_at_given=True,
                properties=properties,
                received_at=NOON,
                payload_hash=hashlib.sha256(f"{customer} {amount} {at} {properties}".encode()).hexdigest(),
            )
        )
    return plan
