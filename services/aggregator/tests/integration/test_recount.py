"""Counting again below a cut, for every aggregation, against plain Python."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stored_usage import DIGEST_KEY, START, StoredUsage

from usageflow_aggregator.domain.asking import Found, amount_of
from usageflow_aggregator.domain.digest import DIGEST_MODULUS, EventCore, event_digest, event_hash
from usageflow_aggregator.service import raw_events
from usageflow_aggregator.service.raw_events import Recounter, WindowsAsked
from usageflow_aggregator.store.raw_events import Selection, place_of
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import Span
from usageflow_common.clock import WINDOW, window_start
from usageflow_common.metering import AGGREGATIONS
from usageflow_common.money import EXACT
from usageflow_common.records import MetricRecord

SPAN = Span(START + timedelta(minutes=30), START + timedelta(hours=7))


def recounter_of(database, usage):
    """A recounter of the stored metric."""
    record = MetricRecord(
        org_id=usage.org_id, metric_id=usage.metric_id, code="API_CALL", event_name="API_CALL", aggregation=usage.aggregation,
        value_property=usage.value_property, filters=(), group_by=usage.group_by, status="active", active_from=START,
        created_at=START, version=1,
    )  # fmt: skip
    return Recounter(database.engine, DIGEST_KEY, usage.org_id, KnownMetric(record, usage.aggregation))


def digest_of(usage, events):
    """Of events as they stand in the columns."""
    digests = [
        event_digest(
            DIGEST_KEY,
            event_hash(
                EventCore(
                    usage.org_id, e.event_id, f"call-{e.offset}", "API_CALL", (usage.metric_id,), e.amount, e.customer_id,
                    e.at, usage.backfill_id if e.offset in usage.in_backfill else None,
                ),
                bytes(16),
                e.properties,
            ),
        )
        for e in events
    ]  # fmt: skip
    return sum(digests) % DIGEST_MODULUS


def amounts(usage, counted):
    """(value, count, digest) of what was counted again."""
    found = Found(counted.tally.state, counted.distinct, counted.opening)
    amount = amount_of(usage.aggregation, found, counted.span.start_at, counted.span.end_at)
    return amount.value, amount.event_count, counted.tally.digests % DIGEST_MODULUS


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("group", [{}, {"region": "eu"}, {"region": "__other__", "tier": "__other__"}])
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_a_recount_is_what_the_events_below_the_cut_amount_to(
    database, monkeypatch, aggregation, group, corrected
):
    monkeypatch.setattr(raw_events, "_PAGE", 7)
    usage = StoredUsage(5, aggregation, group_by=("region", "tier") if group else (), value_property="size")
    await usage.store(database.engine)
    # Corrections and the revert stand behind all events, at offsets of 900 and more.
    cut = dict.fromkeys([0, 1], 2_000 if corrected else 500)
    usage.effective = usage.effective if corrected else usage.sent
    keys, admitted = usage.group_by, usage.admitted

    def wanted(event):
        placed = event.group(keys, admitted)
        return event.customer_id == "ann" and all(placed[key] == value for key, value in group.items())

    selection = Selection(usage.metric_id, "ann", SPAN, cut, usage.group_by, group)
    recounter = recounter_of(database, usage)
    recount = await recounter.recount(selection, WindowsAsked(3))
    windows, more = list(recount.windows), recount.more
    while more:
        last = windows[-1]
        level = EXACT.add(last.opening, last.tally.state.total)
        page = await recounter.recount(selection, WindowsAsked(3, last.span.start_at, level))
        windows.extend(page.windows)
        more = page.more
        assert page.total is None

    events = [e for e in usage.effective if SPAN.start_at <= e.at < SPAN.end_at and wanted(e)]
    expected = (*usage.amount(SPAN.start_at, SPAN.end_at, wanted), digest_of(usage, events))
    assert amounts(usage, recount.total) == expected
    starts = sorted({window_start(e.at) for e in events})
    assert [window.span for window in windows] == [Span(start, start + WINDOW) for start in starts]
    for window in windows:
        inside = [e for e in events if window.span.start_at <= e.at < window.span.end_at]
        value, count = usage.amount(window.span.start_at, window.span.end_at, wanted)
        assert amounts(usage, window) == (value, count, digest_of(usage, inside))


async def test_events_of_one_instant_are_paged_in_one_order(database):
    usage = StoredUsage(6, "SUM")
    usage.sent = [usage._event(number) for number in range(30)]
    usage.sent = [type(e)(e.event_id, e.partition, e.offset, "ann", START, e.amount, {}) for e in usage.sent]
    usage.effective, usage.corrections = usage.sent, []
    usage.in_backfill = set()
    await usage.store(database.engine)
    selection = Selection(usage.metric_id, "ann", Span(START, START + WINDOW), {0: 100, 1: 100})

    found, after = [], None
    while page := await recounter_of(database, usage).page_events(selection, after, 4):
        found.extend(page)
        after = place_of(page[-1])

    assert [(e.partition, e.offset) for e in found] == sorted((e.partition, e.offset) for e in usage.sent)
