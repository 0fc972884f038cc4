"""What each record of a batch calls for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from usageflow_aggregator.domain.definition import Definition, UnknownAggregation
from usageflow_aggregator.domain.reading import Identity, LogRecord, NotYet, UnknownMetric, org_of_key, read_records
from usageflow_common.ids import new_id
from usageflow_common.records import ActorRecord, AmendEvent, BackfillRevert, Barrier, Release, VoidEvent
from usageflow_common.topics import UnknownSchema, Unreadable

KEY = bytes(32)
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACTOR = ActorRecord(type="user", id="1")
ORG = UUID(int=1)
METRIC, SIZES, FUTURE = UUID(int=2), UUID(int=3), UUID(int=4)
KNOWN = {
    METRIC: Definition(METRIC, "COUNT", None, (), "{}"),
    SIZES: Definition(SIZES, "SUM", "size", (), "{}"),
    FUTURE: UnknownAggregation("aggregation_not_supported:MEDIAN"),
}


def read(*contents, asked=0, key=None):
    records = [LogRecord(asked + n, AT, Identity(bytes([n]) * 32), key, content) for n, content in enumerate(contents)]
    return read_records(3, asked, records, lambda _org, metric_id: KNOWN.get(metric_id), KEY)


def correction(kind, **values):
    common = {"org_id": ORG, "event_id": new_id(), "reason": "", "actor": ACTOR, "received_at": AT}
    return kind(**{**common, **values})


def test_the_records_are_sorted_by_what_they_call_for(usage_event):
    barrier_id = new_id()
    reading, stop = read(
        usage_event("a"),
        Barrier(barrier_id=barrier_id, partition=3, produced_at=AT),
        Unreadable("broken"),
        Release(partition=3, offset=1, reason="sent again", actor=ACTOR, received_at=AT),
        usage_event("b"),
        asked=10,
    )

    assert stop is None
    assert [usage.offset for usage in reading.usages] == [10, 14]
    assert [(marker.offset, marker.barrier_id, marker.hash) for marker in reading.markers] == [
        (11, barrier_id, b"\1" * 32)
    ]
    assert [(broken.offset, broken.detail) for broken in reading.broken] == [(12, "broken")]
    assert [(freed.target_offset, freed.actor) for freed in reading.freed] == [(1, "user:1")]
    assert (reading.asked, reading.after, reading.last_hash, reading.skipped) == (10, 15, b"\4" * 32, 0)


def test_holes_are_skipped_and_accounted_for(usage_event):
    records = [LogRecord(offset, AT, Identity(b""), None, usage_event(str(offset))) for offset in (12, 13, 17)]
    reading, _ = read_records(3, 10, records, lambda *_: KNOWN[METRIC], KEY)

    assert (reading.after, len(reading.usages), reading.skipped) == (18, 3, 5)
    assert reading.holes == (10, 14)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (UnknownSchema("events.raw/2"), "unknown_schema:events.raw/2"),
    ],
)
def test_what_a_later_version_reads_stops_the_reading_in_front_of_it(usage_event, content, reason):
    reading, stop = read(usage_event("a"), content, usage_event("b"))

    assert stop == NotYet(reason)
    assert (len(reading.usages), reading.after) == (1, 1)
    assert read(content) == (None, NotYet(reason))


def test_corrections_and_reverts_are_read_with_their_exact_values():
    target = new_id()
    void = correction(VoidEvent, target_event_id=target, base_revision=1)
    amendment = correction(
        AmendEvent, target_event_id=target, base_revision=2, amount="1.50", properties=None, occurred_at=None
    )
    taken_back = correction(BackfillRevert, backfill_id=new_id())

    reading, stop = read(void, amendment, taken_back)

    assert stop is None
    assert [(each.key, each.offset, each.record, each.amount) for each in reading.corrections] == [
        ((ORG.int, target.int), 0, void, None),
        ((ORG.int, target.int), 1, amendment, Decimal("1.5")),
    ]
    assert [(each.offset, each.record) for each in reading.reverts] == [(2, taken_back)]


@pytest.mark.parametrize(
    "values",
    [
        {"amount": "NaN"},
        {"amount": "1_000"},
        {"amount": "0.0000000000001"},
        {"occurred_at": datetime(2026, 3, 1)},  # noqa: DTZ001  # naive on purpose
        {"properties": {"a": [1]}},
        {"properties": {"a": Decimal("0e400000")}},
        {"metric_ids": (METRIC, METRIC)},
        {"base_revision": 0},
        {"base_revision": 2**31},
        {"reason": "a\0"},
        {"reason": "a" * 5_000},
        {"actor": ActorRecord(type="user", id="\0")},
        {"received_at": datetime(2026, 3, 1)},  # noqa: DTZ001  # naive on purpose
    ],
)
def test_a_correction_that_cannot_be_kept_is_quarantined_under_its_organization(values):
    good = {"base_revision": 1, "amount": "1", "properties": None, "occurred_at": None}
    reading, stop = read(correction(AmendEvent, target_event_id=new_id(), **{**good, **values}))

    assert stop is None
    assert [(broken.offset, broken.org_id) for broken in reading.broken] == [(0, ORG)]


def test_an_amendment_that_feeds_an_unknown_metric_stops_the_reading():
    unknown = new_id()
    amendment = correction(
        AmendEvent,
        target_event_id=new_id(),
        base_revision=1,
        amount=None,
        properties={},
        occurred_at=None,
        metric_ids=(METRIC, unknown),
    )

    assert read(amendment) == (None, UnknownMetric(ORG, unknown))


def test_a_metric_that_cannot_be_folded_yet_stops_the_reading(usage_event):
    assert read(usage_event(metric_ids=(FUTURE,))) == (None, NotYet("aggregation_not_supported:MEDIAN"))


def test_an_unknown_metric_stops_the_reading(usage_event):
    unknown = new_id()

    assert read(usage_event(metric_ids=(METRIC, unknown))) == (None, UnknownMetric(ORG, unknown))


@pytest.mark.parametrize(
    "values",
    [
        {"amount": "NaN"},
        {"amount": "Infinity"},
        {"amount": "1e400000"},
        {"amount": "0.0000000000001"},
        {"amount": "many"},
        {"customer": "user\0"},
        {"customer": ""},
        {"customer": "u" * 600},
        {"at": datetime(2026, 3, 1)},  # noqa: DTZ001  # naive on purpose
        {"at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
        {"at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))},
        {"received_at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))},
        {"amount": "1_000"},
        {"amount": " 1"},
        {"metric_ids": (METRIC, METRIC)},
        {"properties": {"a\0": 1}},
        {"properties": {"a": "\0"}},
        {"properties": {"a": Decimal("1e400000")}},
        {"properties": {"a": Decimal("0e-400000")}},
        {"properties": {"a": Decimal("0e400000")}},
        {"properties": {"a": Decimal("1." + "0" * 20_000)}},
        {"properties": {"a": 10**20}},
        {"properties": {"a": [1]}},
        {"properties": {"a": {"b": 1}}},
        {"properties": {f"k{n}": n for n in range(51)}},
        {"payload_hash": "00"},
        {"payload_hash": "zz" * 32},
    ],
)
def test_a_usage_event_that_cannot_be_kept_is_quarantined_under_its_organization(usage_event, values):
    reading, stop = read(usage_event("a"), usage_event("b", **values))

    assert stop is None
    assert [(broken.offset, broken.org_id) for broken in reading.broken] == [(1, ORG)]
    assert len(reading.usages) == 1


@pytest.mark.parametrize(
    "size", [None, True, "large", "1_000", " 7", "\N{ARABIC-INDIC DIGIT SEVEN}", Decimal("1e400000")]
)
def test_a_summed_property_that_is_no_number_is_quarantined_and_never_guessed(usage_event, size):
    properties = {} if size is None else {"size": size}
    reading, _ = read(usage_event(metric_ids=(SIZES,), properties=properties))

    assert len(reading.broken) == 1


@pytest.mark.parametrize(("size", "expected"), [(3, "3"), (Decimal("2.50"), "2.5"), ("0.1", "0.1"), (-1, "-1")])
def test_a_summed_property_is_exact(usage_event, size, expected):
    reading, _ = read(usage_event(metric_ids=(METRIC, SIZES), properties={"size": size}, amount="9"))

    assert [contribution.value for contribution in reading.usages[0].contributions] == [Decimal(0), Decimal(expected)]


def test_markers_and_releases_of_another_partition_are_quarantined():
    reading, _ = read(
        Barrier(barrier_id=new_id(), partition=2, produced_at=AT),
        Release(partition=2, offset=1, reason="", actor=ACTOR, received_at=AT),
    )

    assert [broken.offset for broken in reading.broken] == [0, 1]


@pytest.mark.parametrize(
    ("key", "org_id"),
    [
        (f"{ORG}/user_123/0".encode(), ORG),
        (str(ORG).encode(), ORG),
        (b"3", None),
        (b"", None),
        (None, None),
        ("ü/a/0".encode(), None),
    ],
)
def test_a_damaged_record_belongs_to_the_organization_of_its_key(key, org_id):
    reading, _ = read(Unreadable("broken"), key=key)

    assert org_of_key(key) == org_id
    assert reading.broken[0].org_id == org_id
