"""The bus: connections, a producer whose funnel builds batches, and a consumer loop that hands over what it asked for.

Kafka's consumer group only assigns partitions. Where to read on is the handler's business (its database knows), and what a batch
may change is decided by a compare-and-set on the position asked for: callbacks are a convenience, never the guard.
"""

from usageflow_common.kafka.bus import Bus
from usageflow_common.kafka.consumer import PartitionConsumer
from usageflow_common.kafka.funnel import Funnel
from usageflow_common.kafka.log_reader import LogReader
from usageflow_common.kafka.messages import (
    MESSAGE_BYTES_MAX,
    Batch,
    Incoming,
    LogBounds,
    Outgoing,
    Placement,
    SendFailed,
)
from usageflow_common.kafka.outcomes import Applied, Blocked, Halt, Outcome, PartitionHandler, Stale
from usageflow_common.kafka.producer import Producer
from usageflow_common.kafka.provisioning import TopicMismatch

__all__ = [
    "MESSAGE_BYTES_MAX",
    "Applied",
    "Batch",
    "Blocked",
    "Bus",
    "Funnel",
    "Halt",
    "Incoming",
    "LogBounds",
    "LogReader",
    "Outcome",
    "Outgoing",
    "PartitionConsumer",
    "PartitionHandler",
    "Placement",
    "Producer",
    "SendFailed",
    "Stale",
    "TopicMismatch",
]
