"""Searches for events against plain Python: any conditions, both orders, page by page, however little of the log a page may look at."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stored_usage import START, StoredUsage

from usageflow_aggregator.domain.searching import Order, Search
from usageflow_aggregator.service import event_search
from usageflow_aggregator.service.event_search import find_event, search_events
from usageflow_aggregator.store import searches
from usageflow_common.database import transaction
from usageflow_common.errors import NotFound, ValidationFailed
from usageflow_common.ids import new_id
from usageflow_common.metering import canonical_text

NOTHING = Search(Order.RECEIVED_LAST, None, None, None, None, None, None, None, None, None, {})


@pytest.fixture(scope="module", autouse=True)
async def counted(database):
    """Two partitions of which 100 records have been counted."""
    async with transaction(database.engine) as tx:
        for partition in (0, 1):
            await tx.exec_driver_sql(
                "INSERT INTO consumer_offsets (partition, generation, start_offset, next_offset, counted, anchor_offset,"
                " anchor_hash, last_hash, last_appended_at)"
                f" VALUES ({partition}, 1, 0, 100, 100, 0, '', '', now())"
            )


def shown(usage):
    """(event as it is now, status, number of corrections) of every event that was sent."""
    rows = []
    for sent in usage.sent:
        corrections = [changed for event, _, changed in usage.corrections if event is sent]
        amended = [changed for changed in corrections if changed is not None]
        now = amended[-1] if amended else sent
        status = "voided" if None in corrections else "reverted" if sent.offset in usage.in_backfill else "counted"
        rows.append((sent, now, status, len(corrections)))
    return rows


def random_search(usage):
    """Some conditions."""
    choose = usage.random.choice
    start = START + timedelta(minutes=usage.random.randrange(240))
    received = START + timedelta(seconds=usage.random.randrange(50))
    some = lambda value: choose([None, None, value])  # noqa: E731
    return Search(
        order=choose(list(Order)),
        metric=some("API_CALL"),
        customer_ids=some(("ann",)) or some(("ann", "bob")),
        event_ids=None,
        occurred_from=some(start),
        occurred_to=some(start + timedelta(hours=3)),
        received_from=some(received),
        received_to=some(received + timedelta(seconds=30)),
        statuses=some(("counted",)) or some(("voided", "reverted")),
        backfill_id=choose([None] * 4 + [usage.backfill_id]),
        properties=choose([{}, {}, {"tier": "pro"}, {"region": "7"}]),
    )


def expected(usage, search):
    """The offsets of what the search is for, in its order."""
    found = []
    for sent, now, status, _ in shown(usage):
        received_at = START + timedelta(seconds=sent.offset)
        wanted = [
            search.customer_ids is None or sent.customer_id in search.customer_ids,
            search.occurred_from is None or now.at >= search.occurred_from,
            search.occurred_to is None or now.at < search.occurred_to,
            search.received_from is None or received_at >= search.received_from,
            search.received_to is None or received_at < search.received_to,
            search.statuses is None or status in search.statuses,
            search.backfill_id is None or sent.offset in usage.in_backfill,
            all(canonical_text(now.properties.get(key)) == value for key, value in search.properties.items()),
        ]
        if all(wanted):
            at = received_at if search.order.is_of_log else now.at
            found.append((at, sent.partition, sent.offset))
    return [offset for _, _, offset in sorted(found, reverse=search.order.is_descending)]


async def everything(engine, org_id, search, *, limit=4, pages_max=200):
    """All pages."""
    found, after = [], None
    for _ in range(pages_max):
        page = await search_events(engine, org_id, search, after, limit)
        assert len(page.events) <= limit
        found.extend(page.events)
        if (after := page.next_after) is None:
            return found
    raise AssertionError("the search never ends")


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("seed", range(3))
async def test_a_search_finds_every_event_once_in_its_order(database, monkeypatch, seed, few):
    monkeypatch.setattr(event_search, "_LOOKED_AT_MAX", 16)
    if not few:
        monkeypatch.setattr(searches, "CANDIDATES_MAX", 0)
    usage = StoredUsage(seed, "SUM")
    await usage.store(database.engine)
    for _ in range(12):
        search = random_search(usage)
        if search.customer_ids is None or not few:
            search = Search(
                **{**_fields(search), "order": Order(search.order.value.replace("timestamp", "receivedAt"))}
            )

        found = await everything(database.engine, usage.org_id, search)

        assert [each.event.offset for each in found] == expected(usage, search), search


async def test_an_event_is_shown_with_what_became_of_it(database):
    usage = StoredUsage(9, "SUM")
    await usage.store(database.engine)
    for sent, now, status, corrections in shown(usage):
        found = await find_event(database.engine, usage.org_id, sent.event_id)

        core = found.event.core
        assert (core.amount, core.occurred_at, core.customer_id) == (now.amount, now.at, sent.customer_id)
        assert {key: canonical_text(value) for key, value in found.event.properties.items()} == {
            key: canonical_text(value) for key, value in now.properties.items()
        }
        assert (found.event.status, found.event.revision) == (status, 1 + corrections)
        assert [each.revision for each in found.corrections] == list(range(2, corrections + 2))


async def test_another_tenant_finds_nothing(database):
    usage = StoredUsage(10, "SUM")
    await usage.store(database.engine)
    stranger = new_id()

    assert await everything(database.engine, stranger, NOTHING, limit=200) == []
    with pytest.raises(NotFound):
        await find_event(database.engine, stranger, usage.sent[0].event_id)
    by_id = Search(**{**_fields(NOTHING), "event_ids": (usage.sent[0].event_id,)})
    assert await everything(database.engine, stranger, by_id) == []
    assert len(await everything(database.engine, usage.org_id, by_id)) == 1


async def test_too_many_events_to_put_in_order_are_refused(database, monkeypatch):
    monkeypatch.setattr(searches, "CANDIDATES_MAX", 3)
    usage = StoredUsage(11, "SUM")
    await usage.store(database.engine)
    search = Search(**{**_fields(NOTHING), "order": Order.TIME, "customer_ids": ("ann",)})

    with pytest.raises(ValidationFailed) as refused:
        await search_events(database.engine, usage.org_id, search, None, 10)

    assert refused.value.code == "range_too_large"


def _fields(search):
    return {name: getattr(search, name) for name in Search.__dataclass_fields__}
