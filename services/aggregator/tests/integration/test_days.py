"""Which days of raw events a range of time lies in, and that a statement which names them looks into no others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from usageflow_aggregator.service.days import make_days
from usageflow_aggregator.store import effective
from usageflow_aggregator.store.days import days_of
from usageflow_aggregator.store.usage_parts import dense
from usageflow_common.civil import Span
from usageflow_common.database import raw, transaction
from usageflow_common.ids import new_id

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
_AMEND = """
INSERT INTO event_corrections (org_id, partition, log_offset, revision, event_id, customer_id, correction_id, correction_offset, kind,
       amount, occurred_at, properties, metric_ids, event_hash, reason, actor, received_at, appended_at, day)
SELECT org_id, partition, log_offset, 2, event_id, customer_id, gen_random_uuid(), 99, 'amend', amount, $2, properties, metric_ids,
       event_hash, 'wrong', '{}', now(), now(), day
  FROM usage_events WHERE org_id = $1 AND idempotency_key = $3"""


@pytest.fixture
async def counted(shard):
    """Three events of the first days of March, appended on the 4th, the 5th and the 20th."""
    for number, (occurred, appended) in enumerate([(1, 4), (1, 5), (2, 20)]):
        at = MARCH + timedelta(days=occurred - 1, hours=12)
        offset = shard.use(f"call-{number}", at=at, customer=f"customer-{number}")
        shard.log[offset] = replace(shard.log[offset], appended_at=MARCH + timedelta(days=appended - 1))
    await shard.count(0)
    return shard


async def _days(shard, start, stop, customers=None, org_id=None):
    async with transaction(shard.engine, "REPEATABLE READ", read_only=True) as tx:
        return await days_of(tx, org_id or shard.org_id, Span(start, stop), customers)


async def test_a_range_names_the_days_that_hold_its_events(counted):
    second = MARCH + timedelta(days=1)

    assert await _days(counted, MARCH, second) == [date(2026, 3, 4), date(2026, 3, 5)]
    assert await _days(counted, second, second + timedelta(days=1)) == [date(2026, 3, 20)]
    assert await _days(counted, second + timedelta(days=1), second + timedelta(days=9)) == []
    assert await _days(counted, MARCH, second, org_id=new_id()) == []


async def test_an_event_that_was_amended_into_a_range_is_found_in_its_own_day(counted):
    moved_to = MARCH + timedelta(days=8, hours=1)
    await counted.query(_AMEND, counted.org_id, moved_to, "call-2")
    ninth = MARCH + timedelta(days=8)

    assert await _days(counted, ninth, ninth + timedelta(hours=2), ["customer-2"]) == [date(2026, 3, 20)]
    assert await _days(counted, ninth, ninth + timedelta(hours=2), ["customer-1"]) == []
    assert await _days(counted, ninth + timedelta(hours=2), ninth + timedelta(hours=3)) == []


@pytest.mark.parametrize("cut", [None, effective.Cut("$5")])
async def test_a_statement_that_names_its_days_plans_for_no_others(counted, cut):
    await make_days(counted.engine, [date(2026, 3, 4) + timedelta(days=ahead) for ahead in range(20)])
    days = await _days(counted, MARCH, MARCH + timedelta(days=1))
    given = [] if cut is None else [dense({counted.partition: 10})]
    events = f"""
        SELECT event.idempotency_key FROM {effective.effective_events(cut, days="$4")} AS event
         WHERE event.org_id = $1 AND event.occurred_at >= $2 AND event.occurred_at < $3 ORDER BY 1"""
    async with transaction(counted.engine, read_only=True) as tx:
        connection = await raw(tx)
        arguments = (counted.org_id, MARCH, MARCH + timedelta(days=1), days, *given)
        found = await connection.fetch(events, *arguments)
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {events}", *arguments))

    assert [row[0] for row in found] == ["call-0", "call-1"]
    assert {f"usage_events_202603{day:02}" for day in range(4, 24) if f"usage_events_202603{day:02}" in plan} == {
        "usage_events_20260304",
        "usage_events_20260305",
    }
