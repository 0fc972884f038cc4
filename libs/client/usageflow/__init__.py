"""Send usage events to UsageFlow: each counts exactly once, whatever breaks on the way.

with UsageFlow("https://usage.example.com", api_key) as usage:
    usage.track("API_CALL", "user_123")
"""

from usageflow.aio import AsyncUsageFlow
from usageflow.client import UsageFlow
from usageflow.courier import Counters, RejectedEvent, Settled
from usageflow.errors import (
    Closed,
    InvalidEvent,
    QueueFull,
    Refused,
    SpoolDamaged,
    SpoolInUse,
    Undelivered,
    UsageFlowError,
)
from usageflow.options import Options, Spool

__all__ = [
    "AsyncUsageFlow",
    "Closed",
    "Counters",
    "InvalidEvent",
    "Options",
    "QueueFull",
    "Refused",
    "RejectedEvent",
    "Settled",
    "Spool",
    "SpoolDamaged",
    "SpoolInUse",
    "Undelivered",
    "UsageFlow",
    "UsageFlowError",
]
