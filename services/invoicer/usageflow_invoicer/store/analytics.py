"""Sums over an organization's invoices, payments, credit notes, subscriptions and usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from usageflow_common.database import Transaction, raw
from usageflow_invoicer.domain.periods import Interval

_REVENUE: Final = """
WITH kept AS (
  SELECT i.invoice_id, i.issued_at AS at, i.currency, i.total_minor
    FROM invoices i JOIN invoice_balances b USING (org_id, invoice_id)
   WHERE i.org_id = $1 AND i.issued_at >= ($2::timestamptz[])[1] AND i.issued_at < $3 AND b.status <> 'void'),
moved AS (
  SELECT at, currency, total_minor AS invoiced, 0 AS paid, 0 AS credited, 0 AS base, 0 AS usage FROM kept
   UNION ALL
  SELECT k.at, k.currency, 0, 0, 0,
         CASE WHEN l.kind IN ('base', 'proration') THEN l.amount_minor ELSE 0 END,
         CASE WHEN l.kind IN ('usage', 'adjustment') THEN l.amount_minor ELSE 0 END
    FROM kept k JOIN invoice_lines l ON l.org_id = $1 AND l.invoice_id = k.invoice_id
   UNION ALL
  SELECT paid_at, currency, 0, amount_minor, 0, 0, 0 FROM payments
   WHERE org_id = $1 AND status = 'succeeded' AND paid_at >= ($2::timestamptz[])[1] AND paid_at < $3
   UNION ALL
  SELECT created_at, currency, 0, 0, total_minor, 0, 0 FROM credit_notes
   WHERE org_id = $1 AND created_at >= ($2::timestamptz[])[1] AND created_at < $3)
SELECT width_bucket(at, $2::timestamptz[]) - 1 AS month, currency, sum(invoiced)::bigint AS invoiced, sum(paid)::bigint AS paid,
       sum(credited)::bigint AS credited, sum(base)::bigint AS base, sum(usage)::bigint AS usage
  FROM moved
 GROUP BY 1, 2
 ORDER BY 1, 2"""

_RECURRING: Final = """
SELECT p.subscription_id, l.currency, v.base_price, v.interval, v.interval_count
  FROM billing_periods p
  JOIN plan_versions v ON v.org_id = p.org_id AND v.plan_id = p.plan_id AND v.number = p.plan_version
  JOIN plans l ON l.org_id = p.org_id AND l.plan_id = p.plan_id
 WHERE p.org_id = $1 AND p.kind = 'regular' AND NOT p.paused AND p.start_at < $2 AND p.end_at >= $2 AND v.base_price > 0"""

_BY_REVENUE: Final = """
SELECT i.customer_id, c.name, sum(i.total_minor)::numeric AS value, sum(sum(i.total_minor)) OVER () AS total
  FROM invoices i
  JOIN invoice_balances b USING (org_id, invoice_id)
  LEFT JOIN customers c ON c.org_id = i.org_id AND c.customer_id = i.customer_id
 WHERE i.org_id = $1 AND i.issued_at >= $2 AND i.issued_at < $3 AND b.status <> 'void' AND i.currency = $4
 GROUP BY i.customer_id, c.name
 ORDER BY value DESC, i.customer_id
 LIMIT $5"""

_BY_USAGE: Final = """
SELECT u.customer_id, c.name, u.value, u.total
  FROM (SELECT customer_id, sum(CASE WHEN $5 THEN event_count ELSE total END)::numeric AS value,
               sum(sum(CASE WHEN $5 THEN event_count ELSE total END)) OVER () AS total
          FROM usage_windows
         WHERE org_id = $1 AND metric_id = $4 AND window_start_at >= $2 AND window_start_at < $3 AND event_count > 0
         GROUP BY customer_id) u
  LEFT JOIN customers c ON c.org_id = $1 AND c.customer_id = u.customer_id
 ORDER BY u.value DESC, u.customer_id
 LIMIT $6"""

_OWED: Final = """
SELECT i.currency, count(*) AS open, count(*) FILTER (WHERE i.due_at < $2) AS overdue,
       sum(b.total_minor - b.paid_minor - b.credited_minor)::bigint AS due_minor
  FROM invoice_balances b JOIN invoices i USING (org_id, invoice_id)
 WHERE b.org_id = $1 AND b.status = 'open' AND NOT EXISTS (SELECT FROM outbox o WHERE o.id = i.outbox_id)
 GROUP BY i.currency ORDER BY i.currency"""

_STATES: Final = "SELECT status, count(*) AS subscriptions FROM subscriptions WHERE org_id = $1 GROUP BY status"


@dataclass(frozen=True, slots=True)
class Owed:
    """Open invoices in a currency, how many of them are overdue, and what is due on all of them."""

    currency: str
    open: int
    overdue: int
    due_minor: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """Of a month, by its place among those asked for; minor units."""

    month: int
    currency: str
    invoiced: int
    paid: int
    credited: int
    base: int
    usage: int


@dataclass(frozen=True, slots=True)
class BasePrice:
    """What a subscription owes by itself, per period; major units."""

    subscription_id: UUID
    currency: str
    price: Decimal
    interval: Interval
    interval_count: int


@dataclass(frozen=True, slots=True)
class Top:
    """A customer; `total` is that of all customers."""

    customer_id: str
    name: str | None
    value: Decimal
    total: Decimal


async def revenue(tx: Transaction, org_id: UUID, starts: Sequence[datetime], end_at: datetime) -> list[Revenue]:
    """What was invoiced (and not voided), paid and credited, by month and currency. `starts` ascend; the last month ends at `end_at`."""
    rows = await (await raw(tx)).fetch(_REVENUE, org_id, list(starts), end_at)
    return [Revenue(*row) for row in rows]


async def base_prices(tx: Transaction, org_id: UUID, at: datetime) -> list[BasePrice]:
    """Of subscriptions in a regular part of a period just before an instant: neither on trial nor paused."""
    return [BasePrice(*row) for row in await (await raw(tx)).fetch(_RECURRING, org_id, at)]


async def top_by_revenue(
    tx: Transaction, org_id: UUID, span: tuple[datetime, datetime], currency: str, limit: int
) -> list[Top]:
    """By what was invoiced and not voided, in minor units."""
    return [Top(*row) for row in await (await raw(tx)).fetch(_BY_REVENUE, org_id, *span, currency, limit)]


async def top_by_usage(
    tx: Transaction, org_id: UUID, span: tuple[datetime, datetime], metric_id: UUID, *, events: bool, limit: int
) -> list[Top]:
    """By events counted, or by the sum of a SUM, over whole windows."""
    rows = await (await raw(tx)).fetch(_BY_USAGE, org_id, *span, metric_id, events, limit)
    return [Top(*row) for row in rows]


async def owed(tx: Transaction, org_id: UUID, now: datetime) -> list[Owed]:
    """By currency. An invoice that Kafka does not have is not issued yet."""
    return [Owed(*row) for row in await (await raw(tx)).fetch(_OWED, org_id, now)]


async def subscription_states(tx: Transaction, org_id: UUID) -> dict[str, int]:
    """How many subscriptions are in each state."""
    return {row["status"]: row["subscriptions"] for row in await (await raw(tx)).fetch(_STATES, org_id)}
