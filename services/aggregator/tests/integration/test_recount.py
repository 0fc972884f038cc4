"""Counting again below a cut, from raw events and from windows, for every aggregation, against plain Python."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stored_usage import DIGEST_KEY, START, StoredUsage

from usageflow_aggregator.domain.asking import Found, amount_of
from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.service import explaining, raw_events
from usageflow_aggregator.service.explaining import explain
from usageflow_aggregator.service.raw_events import Counter
from usageflow_aggregator.store.raw_events import Selection, place_of
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW, window_start
from usageflow_common.database import raw, transaction
from usageflow_common.metering import AGGREGATIONS
from usageflow_common.records import MetricRecord

SPAN = Span(START + timedelta(minutes=30), START + timedelta(hours=7))


def counter_of(database, usage):
    """A counter of the stored metric."""
    record = MetricRecord(
        org_id=usage.org_id, metric_id=usage.metric_id, code="API_CALL", event_name="API_CALL", aggregation=usage.aggregation,
        value_property=usage.value_property, filters=(), group_by=usage.group_by, status="active", active_from=START,
        created_at=START, version=1,
    )  # fmt: skip
    return Counter(database.engine, DIGEST_KEY, usage.org_id, KnownMetric(record, usage.aggregation))


def digest_of(usage, events):
    """Of events as they stand in the columns."""
    return sum(usage.digest(event) for event in events) % DIGEST_MODULUS


def amounts(usage, counted):
    """(value, count, digest) of what was counted again."""
    found = Found(counted.tally.state, counted.distinct, counted.opening)
    amount = amount_of(usage.aggregation, found, counted.span.start_at, counted.span.end_at)
    return amount.value, amount.event_count, counted.tally.digests % DIGEST_MODULUS


@pytest.mark.parametrize("below", [2_000, 500, 35])
@pytest.mark.parametrize("group", [{}, {"region": "eu"}, {"region": "__other__", "tier": "__other__"}])
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_a_recount_and_the_windows_of_an_explanation_are_what_the_events_below_the_cut_amount_to(
    database, monkeypatch, aggregation, group, below
):
    monkeypatch.setattr(raw_events, "_PAGE", 7)
    usage = StoredUsage(5, aggregation, group_by=("region", "tier") if group else (), value_property="size")
    await usage.store(database.engine)
    # Corrections and the revert stand behind all events, at offsets of 900 and more.
    cut = dict.fromkeys([0, 1], below)
    if below < 900:
        usage.below(below)
    keys, admitted = usage.group_by, usage.admitted

    def wanted(event):
        placed = event.group(keys, admitted)
        return event.customer_id == "ann" and all(placed[key] == value for key, value in group.items())

    selection = Selection(usage.metric_id, "ann", SPAN, cut, usage.group_by, group)
    counter = counter_of(database, usage)
    windows, after, more = [], None, True
    while more:
        page = await explain(counter, selection, after=after, limit=3)
        windows.extend(page.windows)
        after, more = windows[-1].span.start_at if windows else None, page.more

    events = [e for e in usage.effective if SPAN.start_at <= e.at < SPAN.end_at and wanted(e)]
    expected = (*usage.amount(SPAN.start_at, SPAN.end_at, wanted), digest_of(usage, events))
    assert amounts(usage, await counter.recount(selection)) == expected
    assert amounts(usage, page.total) == expected
    starts = sorted({window_start(e.at) for e in events})
    assert [window.span for window in windows] == [Span(start, start + WINDOW) for start in starts]
    for window in windows:
        inside = [e for e in events if window.span.start_at <= e.at < window.span.end_at]
        value, count = usage.amount(window.span.start_at, window.span.end_at, wanted)
        assert amounts(usage, window) == (value, count, digest_of(usage, inside))


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_a_range_that_cuts_windows_in_two_is_explained_exactly(database, aggregation):
    usage = StoredUsage(7, aggregation, value_property="size")
    await usage.store(database.engine)
    span = Span(START + timedelta(minutes=37), START + timedelta(hours=3, seconds=1))
    selection = Selection(usage.metric_id, "bob", span, dict.fromkeys([0, 1], 2_000))

    explained = await explain(counter_of(database, usage), selection, after=None, limit=1_000)

    events = [e for e in usage.effective if span.start_at <= e.at < span.end_at and e.customer_id == "bob"]
    of_bob = usage.amount(span.start_at, span.end_at, lambda event: event.customer_id == "bob")
    assert amounts(usage, explained.total) == (*of_bob, digest_of(usage, events))
    assert sum(window.tally.state.event_count for window in explained.windows) == len(events)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_values_that_are_told_apart_are_each_what_a_recount_of_it_alone_says(database, monkeypatch, aggregation):
    monkeypatch.setattr(raw_events, "_PAGE", 7)
    usage = StoredUsage(8, aggregation, group_by=("region", "tier"), value_property="size")
    await usage.store(database.engine)
    selection = Selection(usage.metric_id, "ann", SPAN, dict.fromkeys([0, 1], 2_000), usage.group_by)
    counter = counter_of(database, usage)

    values = await counter.recount_by(selection, "region")

    there = {
        event.group(usage.group_by, usage.admitted)["region"]
        for event in usage.effective
        if event.customer_id == "ann" and SPAN.start_at <= event.at < SPAN.end_at
    }
    assert there <= set(values)
    assert len(there) > 2
    for value, counted in values.items():
        alone = await counter.recount(replace(selection, group={"region": value}))
        assert amounts(usage, counted) == amounts(usage, alone)


async def test_events_of_one_instant_are_paged_in_one_order(database):
    usage = StoredUsage(6, "SUM")
    usage.sent = [usage._event(number) for number in range(30)]
    usage.sent = [type(e)(e.event_id, e.partition, e.offset, "ann", START, e.amount, {}) for e in usage.sent]
    usage.effective, usage.corrections = usage.sent, []
    usage.in_backfill = set()
    await usage.store(database.engine)
    selection = Selection(usage.metric_id, "ann", Span(START, START + WINDOW), {0: 100, 1: 100})

    found, after = [], None
    while page := await counter_of(database, usage).page_events(selection, after, 4):
        found.extend(page)
        after = place_of(page[-1])

    assert [(e.partition, e.offset) for e in found] == sorted((e.partition, e.offset) for e in usage.sent)


async def test_a_value_that_comes_while_a_line_is_explained_is_not_in_it(database, monkeypatch):
    """Late usage lands between the look at the windows and the count of their distinct values."""
    usage = StoredUsage(9, "UNIQUE", value_property="size")
    await usage.store(database.engine)
    selection = Selection(usage.metric_id, "ann", SPAN, dict.fromkeys([0, 1], 2_000))
    counter = counter_of(database, usage)
    expected = await counter.recount(selection)
    tallies = explaining._tallies

    async def late(*arguments):
        found = await tallies(*arguments)
        start_at = min(found)
        key = (usage.org_id, usage.metric_id, "ann", start_at)
        async with transaction(database.engine) as tx:
            connection = await raw(tx)
            await connection.execute(
                "UPDATE aggregated_usage SET changed_before_offset = 9000, event_count = event_count + 1, version = version + 1"
                " WHERE org_id = $1 AND metric_id = $2 AND customer_id = $3 AND window_start_at = $4",
                *key,
            )
            await connection.execute(
                "INSERT INTO unique_values (org_id, metric_id, customer_id, window_start_at, group_key, shard, value_hash,"
                " generation, version, event_count) VALUES ($1, $2, $3, $4, '{}', 0, $5, 1, 1, 1)",
                *key,
                b"late".ljust(16),
            )
        return found

    monkeypatch.setattr(explaining, "_tallies", late)
    explained = await explain(counter, selection, after=None, limit=1_000)

    assert amounts(usage, explained.total) == amounts(usage, expected)
