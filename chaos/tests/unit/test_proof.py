"""The proof can fail: each kind of loss, doubling and invention is found and its key is named."""

import hmac
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from counted_events import METRIC, TEN, counted

from chaos.books import Books
from chaos.proof import Difference, compare_accounts, compare_events, compare_total, compare_windows, name_some
from chaos.refold import refold
from chaos.store import Account
from chaos.traffic import Metric

NOON = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)
CALLS = Metric("CALLS", "SUM")
KEY = bytes(32)
ELEVEN = replace(TEN, amount=Decimal(11))


@pytest.fixture
def books():
    """One key that was acknowledged."""
    books = Books()
    books.send("a", TEN)
    books.acknowledge("a", TEN)
    return books


def test_what_was_acknowledged_and_counted_once_is_right(books):
    assert compare_events(books, [counted()], {}) == []


def test_a_lost_event_is_named(books):
    assert compare_events(books, [], {}) == [Difference("acknowledged and not counted", "a")]


def test_a_doubled_event_is_named(books):
    assert Difference("counted 2 times", "a") in compare_events(books, [counted(), counted(partition=1)], {})


def test_an_invented_event_is_named(books):
    found = compare_events(books, [counted(), counted("b")], {})

    assert found == [Difference("counted, and nobody sent it", "b")]


def test_an_event_of_unknown_outcome_may_be_there_or_not(books):
    books.send("b", TEN)

    assert compare_events(books, [counted()], {}) == []
    assert compare_events(books, [counted(), counted("b")], {}) == []


def test_an_event_counted_with_a_content_that_nobody_sent_is_found(books):
    (found,) = compare_events(books, [counted(content=ELEVEN)], {})

    assert "nobody sent" in found.what


def test_a_refused_event_that_counts_is_found(books):
    books.send("b", TEN)
    books.refuse("b", "metric_unknown")

    (found,) = compare_events(books, [counted(), counted("b")], {})
    assert found == Difference("counted, although refused with metric_unknown", "b")


def test_a_contradiction_has_to_be_recorded_and_the_first_content_counts(books):
    books.send("a", ELEVEN)
    books.acknowledge("a", ELEVEN)
    event = counted()

    assert compare_events(books, [event], {event.event_id: 1}) == []
    assert "0 contradictions" in compare_events(books, [event], {})[0].what
    assert "later content" in compare_events(books, [counted(content=ELEVEN)], {event.event_id: 1})[0].what


def test_a_window_that_differs_from_raw_is_found():
    events = [counted(), counted("b", ELEVEN, offset=2)]
    expected = refold(events, {METRIC: CALLS}, KEY)
    (place,) = expected
    digest = sum(int.from_bytes(hmac.digest(KEY, each.hash, "sha256"), "big") for each in events) % 2**256
    row = {"event_count": 2, "total": Decimal(21), "digest": Decimal(digest), "value": None}

    assert compare_windows(expected, {place: row}, "aggregator") == []
    assert "total 20" in compare_windows(expected, {place: {**row, "total": Decimal(20)}}, "aggregator")[0].what
    assert "digest" in compare_windows(expected, {place: {**row, "digest": Decimal(0)}}, "aggregator")[0].what
    assert "missing" in compare_windows(expected, {}, "aggregator")[0].what
    elsewhere = {place: row, (*place[:4], 3): row}
    assert "event_count 2 instead of 0" in compare_windows(expected, elsewhere, "invoicer")[0].what


def test_an_account_that_does_not_balance_is_found():
    names = ("counted", "duplicate", "conflict", "correction", "marker", "quarantined", "skipped")
    parts = dict.fromkeys(names, 0) | {"counted": 3, "marker": 1}
    account = Account(0, 4, parts, 3)

    assert compare_accounts([account], {0: 4}, {0: 4}, 3) == []
    assert len(compare_accounts([replace(account, expected=5)], {0: 5}, {0: 5}, 3)) == 1
    assert len(compare_accounts([replace(account, stored=2)], {0: 4}, {0: 4}, 2)) == 1
    assert len(compare_accounts([account], {0: 5}, {0: 4}, 3)) == 1
    assert len(compare_accounts([account], {0: 4}, {0: 3}, 3)) == 1
    assert len(compare_accounts([account], {0: 4}, {0: 4}, 4)) == 1


def test_a_total_that_the_api_tells_wrongly_is_found():
    events = [counted(), counted("b", ELEVEN)]

    assert compare_total(CALLS, events, {"value": "21", "eventCount": 2}) is None
    assert compare_total(CALLS, events, {"value": "21.000001", "eventCount": 2}) is not None
    assert compare_total(CALLS, events, {"value": "21", "eventCount": 3}) is not None


def test_many_differences_are_told_in_a_few_lines():
    lines = name_some([Difference("acknowledged and not counted", f"key-{number}") for number in range(1_000)])

    assert len(lines) == 1
    assert "acknowledged and not counted: 1000 (key-0, key-1" in lines[0]
