"""Usage queries against plain Python: every aggregation, any ends, any dimensions, pages and the period before."""

from __future__ import annotations

import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stored_usage import START, StoredUsage

from usageflow_aggregator.domain.asking import CUSTOMER, Asked
from usageflow_aggregator.service.usage import PageAsked, read_usage
from usageflow_common.civil import Span, WindowSize
from usageflow_common.database import transaction
from usageflow_common.metering import AGGREGATIONS
from usageflow_common.ranges import plan_windows

BERLIN = ZoneInfo("Europe/Berlin")
EVERYTHING = PageAsked(10_000, by_value=False, after=None)


@pytest.fixture(scope="module", autouse=True)
async def progress(database):
    """Something is told of how far counting has come."""
    async with transaction(database.engine) as tx:
        await tx.exec_driver_sql(
            "INSERT INTO consumer_offsets (partition, generation, start_offset, next_offset, anchor_offset, anchor_hash)"
            " VALUES (0, 1, 0, 0, 0, '')"
        )
        await tx.exec_driver_sql("INSERT INTO partition_progress VALUES (0, now())")


def asked(usage, *, dimensions=(), customer_ids=None, group_filters=None):
    """A question about the stored metric."""
    return Asked(
        metric_id=usage.metric_id,
        aggregation=usage.aggregation,
        value_property=usage.value_property,
        group_by=usage.group_by,
        value_salt=usage.salt,
        customer_ids=customer_ids,
        group_filters=group_filters or {},
        dimensions=dimensions,
    )


def is_wanted(usage, question, group=None):
    """Whether an event belongs to the question, and to the group of its row."""

    def wanted(event):
        placed = {**event.group(usage.group_by, usage.admitted), CUSTOMER: event.customer_id}
        return (
            (question.customer_ids is None or event.customer_id in question.customer_ids)
            and all(placed[key] in values for key, values in question.group_filters.items())
            and (group is None or all(placed[key] == value for key, value in group.items()))
        )

    return wanted


def random_span(usage):
    """Ends anywhere, on windows or inside them, also where nothing is."""
    minutes = sorted(usage.random.sample(range(-90, 600), 2))
    ragged = usage.random.choice([timedelta(), timedelta(seconds=123, microseconds=456), timedelta(microseconds=1)])
    start, end = (START + timedelta(minutes=minute) for minute in minutes)
    if usage.random.random() < 0.5:
        start, end = (
            instant - timedelta(minutes=instant.minute % 15) for instant in (start, end + timedelta(minutes=15))
        )
    return Span(start + ragged, end + usage.random.choice([ragged, ragged * 2]))


def random_question(usage):
    """Any dimensions and filters."""
    choose = usage.random.choice
    keys = [*usage.group_by, CUSTOMER]
    dimensions = tuple(usage.random.sample(keys, usage.random.randrange(len(keys) + 1)))
    filters = {
        key: tuple(choose([["eu", ""], ["7"], ["__other__", "pro"], ["nowhere"]]))
        for key in usage.group_by
        if choose([0, 0, 1])
    }
    customer_ids = choose([None, None, ("ann",), ("ann", "eve"), ("nobody",)])
    return asked(usage, dimensions=dimensions, customer_ids=customer_ids, group_filters=filters)


CASES = [
    (aggregation, group_by, "size" if aggregation in {"UNIQUE", "LATEST"} else None)
    for aggregation in AGGREGATIONS
    for group_by in [(), ("region",), ("tier", "region")]
] + [(aggregation, (), "size") for aggregation in ("SUM", "MIN", "AVG", "WEIGHTED_SUM")]


@pytest.mark.parametrize(("aggregation", "group_by", "value_property"), CASES)
async def test_usage_is_what_the_events_amount_to(database, aggregation, group_by, value_property):
    usage = StoredUsage(1, aggregation, group_by=group_by, value_property=value_property)
    await usage.store(database.engine)
    for _ in range(10):
        question, span = random_question(usage), random_span(usage)
        size = usage.random.choice(list(WindowSize))
        windows = plan_windows(span.start_at, span.end_at, size, BERLIN)

        answer = await read_usage(database.engine, usage.org_id, question, windows, previous=None, page=EVERYTHING)

        total = answer.present.total
        assert (total.value, total.event_count) == usage.amount(span.start_at, span.end_at, is_wanted(usage, question))
        shown = {
            (row.span, tuple(row.group.values())): (row.amount.value, row.amount.event_count)
            for row in answer.present.rows
        }
        assert len(shown) == len(answer.present.rows)
        assert shown == expected_rows(usage, question, windows)


def expected_rows(usage, question, windows):
    """The rows of an answer, by window and group."""
    placed = [{**event.group(usage.group_by, usage.admitted), CUSTOMER: event.customer_id} for event in usage.effective]
    groups = {tuple(each[key] for key in question.dimensions) for each in placed} if question.dimensions else {()}
    rows = {}
    for window in windows:
        for group in groups:
            wanted = is_wanted(usage, question, dict(zip(question.dimensions, group, strict=True)))
            value, count = usage.amount(window.start_at, window.end_at, wanted)
            has_level = usage.aggregation == "WEIGHTED_SUM" and value is not None
            if count or has_level or not question.dimensions:
                rows[window, group] = (value, count)
    return rows


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
async def test_pages_show_every_row_once_in_one_order(database, aggregation):
    usage = StoredUsage(2, aggregation, group_by=("region", "tier"), value_property="size")
    await usage.store(database.engine)
    span = Span(START + timedelta(minutes=7), START + timedelta(hours=7, minutes=3))
    question = asked(usage, dimensions=("tier", CUSTOMER, "region"))
    for by_value, size in [(True, WindowSize.NONE), (False, WindowSize.HOUR)]:
        windows = plan_windows(span.start_at, span.end_at, size, BERLIN)
        rows, after = [], None
        while True:
            page = PageAsked(4, by_value=by_value, after=after)
            answer = await read_usage(database.engine, usage.org_id, question, windows, previous=windows, page=page)
            rows.extend(answer.present.rows)
            assert answer.previous == answer.present, "the same range has the same rows"
            assert len(answer.present.rows) == 4 or answer.next_after is None
            if (after := answer.next_after) is None:
                break

        shown = {(row.span, tuple(row.group.values())): (row.amount.value, row.amount.event_count) for row in rows}
        assert len(shown) == len(rows) > 8
        assert shown == expected_rows(usage, question, windows)
        if by_value:
            values = [row.amount.value for row in rows]
            assert all(left is not None or right is None for left, right in pairwise(values))
            numbers = [value for value in values if value is not None]
            assert numbers == sorted(numbers, reverse=True)
        else:
            assert [row.span.start_at for row in rows] == sorted(row.span.start_at for row in rows)


async def test_another_tenants_usage_is_not_seen(database):
    usage = StoredUsage(3, "SUM")
    await usage.store(database.engine)
    stranger = StoredUsage(4, "SUM")
    windows = [Span(START, START + timedelta(hours=9))]

    answer = await read_usage(database.engine, stranger.org_id, asked(usage), windows, previous=None, page=EVERYTHING)

    assert (answer.present.total.value, answer.present.total.event_count) == (0, 0)
