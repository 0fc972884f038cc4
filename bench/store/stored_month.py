"""A month of counted usage, made by SQL: what counting would have left of it in raw events and windows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from bench.bodies import METRIC
from usageflow_common.database import RawConnection

EVENTS_PER_CUSTOMER: Final = 10_000
DAYS: Final = 28
_SHARD: Final = 1_000
"""A partition that the log does not have."""
_CHUNK_CUSTOMERS: Final = 10

_MAKE_DAY: Final = "SELECT aggregator.make_event_day($1)"
# Events of a customer lie evenly in the month; they were appended at the time that they have.
_EVENTS: Final = """
INSERT INTO aggregator.usage_events (org_id, partition, log_offset, event_id, idempotency_key, metric, metric_ids, amount, customer_id,
       occurred_at, occurred_at_given, properties, salt, event_hash, received_at, appended_at, day)
SELECT $1, $3, event.customer * $6::bigint + event.n, gen_random_uuid(), 'stored-' || event.customer || '-' || event.n, $7, ARRAY[$2::uuid], 1.25,
       'stored-' || event.customer, event.at, true,
       '{"region":"eu-west-1","path":"/v1/search","status":200,"cached":true}', decode(repeat('00', 16), 'hex'),
       decode(repeat('00', 32), 'hex'), event.at, event.at, (event.at AT TIME ZONE 'UTC')::date
  FROM (SELECT customer, n, $8::date::timestamptz + n * ($9::integer * interval '1 day') / $6 AS at
          FROM generate_series(0, $6 - 1) AS n, generate_series($4::integer, $5::integer) AS customer) AS event"""
_DAYS: Final = """
INSERT INTO aggregator.event_days (org_id, occurred_on, day)
SELECT $1, $2::date + n, $2::date + n FROM generate_series(0, $3::integer - 1) AS n ON CONFLICT DO NOTHING"""
_WINDOWS: Final = """
INSERT INTO aggregator.aggregated_usage (org_id, metric_id, customer_id, window_start_at, group_key, shard, generation, version,
       changed_before_offset, event_count, total, digest)
SELECT org_id, $2, customer_id, date_bin('15 minutes', occurred_at, '2000-01-01 00:00Z'), '{}', partition, 1, count(*), max(log_offset) + 1,
       count(*), sum(amount), 0
  FROM aggregator.usage_events
 WHERE org_id = $1 AND partition = $3 AND log_offset >= $4 AND log_offset < $5 AND day >= $6 AND day < $7
 GROUP BY org_id, customer_id, 4, partition"""
_VACUUM: Final = "VACUUM (ANALYZE) aggregator.usage_events, aggregator.aggregated_usage"


async def fill(owner: RawConnection, org_id: UUID, metric_id: UUID, month: date, customers: range) -> None:
    """Usage of the customers `stored-<number>` in the 28 days from `month` on."""
    for day in range(DAYS):
        await owner.fetchval(_MAKE_DAY, month + timedelta(days=day))
    await owner.execute(_DAYS, org_id, month, DAYS)
    for begin in customers[::_CHUNK_CUSTOMERS]:
        end = min(begin + _CHUNK_CUSTOMERS, customers.stop) - 1
        size = EVENTS_PER_CUSTOMER
        await owner.execute(_EVENTS, org_id, metric_id, _SHARD, begin, end, size, METRIC, month, DAYS, timeout=600)
        span = (begin * size, (end + 1) * size, month, month + timedelta(days=DAYS))
        await owner.execute(_WINDOWS, org_id, metric_id, _SHARD, *span, timeout=600)
    await owner.execute(_VACUUM, timeout=600)
