"""Facts as the invoicer tells them, by its outbox; many endpoints like one; and how far deliveries are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from usageflow_common.database import RawConnection
from usageflow_common.kafka import Outgoing

_TELL: Final = """
WITH told AS (
    INSERT INTO invoicer.outbox (topic, topic_version, partition, key, value, headers)
    SELECT $1, $2, NULL, key, value, $3::text::jsonb FROM unnest($4::bytea[], $5::bytea[]) AS fact (key, value)
    RETURNING id)
SELECT count(*), pg_notify('outbox_invoicer', '') FROM told"""

_ORGANIZATIONS: Final = """
CREATE TEMPORARY TABLE idle ON COMMIT DROP AS
SELECT gen_random_uuid() AS org_id, gen_random_uuid() AS endpoint_id FROM generate_series(1, $1::integer)"""
_ENDPOINTS: Final = """
INSERT INTO webhooks.webhook_endpoints
SELECT made.* FROM idle
  JOIN webhooks.webhook_endpoints AS one ON one.endpoint_id = $1
 CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object('org_id', idle.org_id, 'endpoint_id', idle.endpoint_id)) AS made"""
_STATES: Final = "INSERT INTO webhooks.endpoint_state (org_id, endpoint_id) SELECT org_id, endpoint_id FROM idle"

_FACTS: Final = """
WITH organizations AS MATERIALIZED (SELECT gen_random_uuid() AS org_id FROM generate_series(1, $1::integer)),
made AS (
    INSERT INTO webhooks.webhook_events (org_id, event_id, sequence, type, customer_id, occurred_at, body, created_at)
    SELECT org_id, gen_random_uuid(), number, 'invoice.created', 'user_1', now(), convert_to(repeat('x', 400), 'UTF8'), now()
      FROM organizations CROSS JOIN generate_series(1, $2::integer) AS number
    RETURNING org_id, event_id, sequence)
SELECT org_id, event_id FROM made WHERE sequence = 1"""

_WAITING: Final = """
SELECT count(*) FROM webhooks.webhook_dispatches WHERE endpoint_id = ANY($1) AND status = ANY($2)"""


async def tell(owner: RawConnection, facts: Sequence[Outgoing]) -> None:
    """One transaction of the invoicer's that tells these facts, of one topic."""
    topic, headers = facts[0].topic, dict(facts[0].headers)
    await owner.fetch(
        _TELL,
        topic.name,
        topic.version,
        msgspec.json.encode(headers).decode(),
        [fact.key for fact in facts],
        [fact.value for fact in facts],
    )


async def add_idle_endpoints(owner: RawConnection, like: UUID, count: int) -> None:
    """Endpoints of other organizations to which nothing ever happens."""
    async with owner.transaction():
        await owner.execute(_ORGANIZATIONS, count)
        await owner.execute(_ENDPOINTS, like)
        await owner.execute(_STATES)


async def count_dispatches(owner: RawConnection, endpoint_ids: Sequence[UUID], statuses: Sequence[str]) -> int:
    """How many of these endpoints stand so."""
    counted: int = await owner.fetchval(_WAITING, endpoint_ids, statuses)
    return counted


async def add_facts(owner: RawConnection, organizations: int, facts: int) -> list[tuple[UUID, UUID]]:
    """So many facts for each of new organizations; their ids, each with that of one of its facts."""
    rows = await owner.fetch(_FACTS, organizations, facts)
    await owner.execute("ANALYZE webhooks.webhook_events")
    return [(row["org_id"], row["event_id"]) for row in rows]
