"""Many subscriptions like one that was made through the API: its rows again, under other names, with usage in their first period."""

from __future__ import annotations

from typing import Final

from usageflow_common.database import RawConnection

_SHARDS: Final = 1
"""A customer lies in one partition, unless its organization is spread."""

_NAMES: Final = """
CREATE TEMPORARY TABLE copies AS
SELECT n, 'bench-' || n AS customer_id, gen_random_uuid() AS subscription_id
  FROM generate_series($1::integer, $2::integer) AS n"""
_CUSTOMERS: Final = """
INSERT INTO invoicer.customers
SELECT made.*
  FROM copies
  JOIN invoicer.customers AS one ON one.customer_id = $1
 CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object('customer_id', copies.customer_id)) AS made"""
_SUBSCRIPTIONS: Final = """
INSERT INTO invoicer.subscriptions
SELECT made.*
  FROM copies
  JOIN invoicer.subscriptions AS one ON one.customer_id = $1
 CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object(
           'customer_id', copies.customer_id, 'subscription_id', copies.subscription_id)) AS made"""
_PERIODS: Final = """
INSERT INTO invoicer.billing_periods
SELECT made.*
  FROM copies
  JOIN invoicer.billing_periods AS one
    ON one.subscription_id = (SELECT subscription_id FROM invoicer.subscriptions WHERE customer_id = $1)
 CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object(
           'subscription_id', copies.subscription_id, 'period_id', gen_random_uuid(), 'status', 'open')) AS made"""
_CHARGES: Final = """
INSERT INTO invoicer.period_charges
SELECT made.*
  FROM copies
  JOIN invoicer.billing_periods AS p ON p.subscription_id = copies.subscription_id
  JOIN invoicer.period_charges AS one ON one.customer_id = $1 AND one.start_at = p.start_at
 CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object(
           'customer_id', copies.customer_id, 'subscription_id', copies.subscription_id, 'period_id', p.period_id)) AS made"""
_USAGE: Final = """
INSERT INTO invoicer.usage_periods (org_id, subscription_id, period_id, charge_id, group_value, shard, event_count, total, delta_seconds,
       opening, digest, changed, changed_at)
SELECT c.org_id, c.subscription_id, c.period_id, c.charge_id, '', shard, 250, 3000.25, 0, 0, 12345, true, now()
  FROM copies
  JOIN invoicer.period_charges AS c ON c.subscription_id = copies.subscription_id
  JOIN invoicer.billing_periods AS p ON p.org_id = c.org_id AND p.period_id = c.period_id AND p.end_at < now()
 CROSS JOIN generate_series(0, $1::integer - 1) AS shard"""
_ISSUED: Final = "SELECT count(*) FROM invoicer.invoices WHERE customer_id LIKE 'bench-%'"


async def copy_subscription(owner: RawConnection, customer_id: str, numbers: range) -> None:
    """Like this customer's one, for customers `bench-<number>`. The invoicer's worker stands still meanwhile."""
    async with owner.transaction():
        await owner.execute(_NAMES, numbers.start, numbers.stop - 1)
        for statement in (_CUSTOMERS, _SUBSCRIPTIONS, _PERIODS, _CHARGES):
            await owner.execute(statement, customer_id, timeout=600)
        await owner.execute(_USAGE, _SHARDS, timeout=600)
        await owner.execute("DROP TABLE copies")
    await owner.execute("ANALYZE")


async def count_issued(owner: RawConnection) -> int:
    """Invoices of the copies."""
    count: int = await owner.fetchval(_ISSUED)
    return count
