"""Prometheus metrics of every process; labels have few values, never an id."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

REQUESTS: Final = Counter(
    "usageflow_http_requests_total", "Requests by route template, method and status", ["method", "route", "status"]
)
REQUEST_SECONDS: Final = Histogram("usageflow_http_request_seconds", "Seconds a request took", ["method", "route"])
CONNECTIONS_ENDED: Final = Counter(
    "usageflow_connections_ended_total",
    "Connections of clients that were ended for their slowness or number",
    ["reason"],
)
HALTED_PARTITIONS: Final = Gauge("usageflow_halted_partitions", "Partitions that stand still", ["topic", "reason"])
CONSUMED: Final = Counter("usageflow_consumed_records_total", "Records handled", ["topic"])
CONSUMER_ERRORS: Final = Counter("usageflow_consumer_errors_total", "Batches that failed and are read again", ["topic"])
CONSUMER_LAG: Final = Gauge(
    "usageflow_consumer_lag_records", "Records behind the end of the log", ["topic", "partition"]
)
OUTBOX_OLDEST_SECONDS: Final = Gauge(
    "usageflow_outbox_oldest_seconds", "Age of the oldest row that waits for the relay", ["schema"]
)
RELAYED: Final = Counter("usageflow_outbox_relayed_total", "Rows acknowledged by Kafka", ["schema"])
PRODUCER_REPLACED: Final = Counter(
    "usageflow_producer_replaced_total", "Producers discarded after a non-retriable error", ["service"]
)
FUNNEL_MESSAGES: Final = Gauge("usageflow_funnel_messages", "Messages that wait in the funnel", ["topic"])
EVENTS_ACCEPTED: Final = Counter("usageflow_events_accepted_total", "Usage events that Kafka has acknowledged")
EVENTS_REFUSED: Final = Counter("usageflow_events_refused_total", "Usage events refused, by code", ["code"])
REFUSALS_LOST: Final = Counter(
    "usageflow_refusals_lost_total", "Refused events that could not be kept for the debugger"
)
UPKEEP_ERRORS: Final = Counter("usageflow_upkeep_errors_total", "Rounds of upkeep that failed", ["schema"])
COUNT_SECONDS: Final = Histogram(
    "usageflow_accept_to_count_seconds",
    "From the broker's acknowledgement of a batch's oldest record to the commit that counts it",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400),
)
UNCOUNTED_SECONDS: Final = Gauge(
    "usageflow_uncounted_seconds", "How long ago everything was counted that a partition then held", ["partition"]
)
LEDGER_BYTES: Final = Gauge("usageflow_ledger_bytes", "Size of the ledger of keys, all generations and indexes")
QUARANTINED_RECORDS: Final = Gauge(
    "usageflow_quarantined_records", "Records that nobody could read or decide about yet"
)
KEYS_LOOKED_AT: Final = Gauge(
    "usageflow_key_feed_timestamp_seconds", "When the last complete look at the API keys ended, Unix time"
)
