"""The transactional outbox: nothing leaves before it is committed, nothing committed is missed.

`enqueue` writes rows in the caller's transaction. One relay per schema (it holds a lease) sends the oldest rows that are there and
deletes them when Kafka has acknowledged them: there is no `id > last`, so a row that commits late is not missed. Rows of one key
keep their order (whoever needs that order holds a lock on the thing it is about, so ids follow it). Rows of one `lane` go one after
the other, each after the acknowledgement of the one before, even when they belong to different partitions.
"""

from usageflow_common.outbox.relay import Relay
from usageflow_common.outbox.rows import enqueue, oldest_age_seconds, outbox_table, wait_delivered

__all__ = ["Relay", "enqueue", "oldest_age_seconds", "outbox_table", "wait_delivered"]
