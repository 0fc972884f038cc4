"""The fold, against the plainest reference there is: one event after the other into a dictionary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.domain.fold import effect_of, fold
from usageflow_aggregator.domain.ledger import Known, candidates, settle
from usageflow_aggregator.domain.reading import Identity, LogRecord, read_records
from usageflow_common.metering import EMPTY, merge

KEY = bytes(32)
START = datetime(2026, 3, 1, tzinfo=UTC)
METRICS = {
    metric_id: Definition(metric_id, aggregation, value_property, group_by, other)
    for metric_id, aggregation, value_property, group_by, other in (
        (UUID(int=10), "SUM", None, (), "{}"),
        (UUID(int=11), "COUNT", None, ("size",), '{"size":"__other__"}'),
        (UUID(int=12), "SUM", "size", (), "{}"),
        (UUID(int=13), "MAX", None, (), "{}"),
        (UUID(int=14), "LATEST", "size", (), "{}"),
        (UUID(int=15), "WEIGHTED_SUM", None, (), "{}"),
        (UUID(int=16), "UNIQUE", "size", (), "{}"),
    )
}

_amounts = st.decimals(min_value=-(10**19), max_value=10**19, places=12, allow_nan=False)
_events = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        _amounts,
        st.integers(0, 3 * 3600),
        st.sets(st.sampled_from(sorted(METRICS)), min_size=1),
        st.integers(-100, 100),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(_events, st.randoms(use_true_random=False), st.integers(1, 7))
def test_any_order_and_any_split_give_the_same_windows(usage_event, drawn, random, size):
    usages = _usages(usage_event, drawn)
    shuffled = random.sample(usages, len(usages))

    states, digests, points = {}, {}, {}
    for start in range(0, len(shuffled), size):
        for key, change in fold(shuffled[start : start + size]).items():
            aggregation = change.definition.aggregation
            states[key] = merge(aggregation, states.get(key, EMPTY), change.came)
            digests[key] = (digests.get(key, 0) + change.digest) % DIGEST_MODULUS
            for value_hash, point in change.points.items():
                points[key, value_hash] = points.get((key, value_hash), 0) + point.event_count

    whole = fold(usages)
    assert states == {key: change.came for key, change in whole.items()}
    assert digests == {key: change.digest for key, change in whole.items()}
    assert points == {(key, h): p.event_count for key, change in whole.items() for h, p in change.points.items()}
    assert {
        (key.metric_id, key.customer_id, key.window_start_at): (states[key].event_count, states[key].total)
        for key in states
        if key.metric_id in {UUID(int=10), UUID(int=12)}
    } == _reference(drawn)


@settings(deadline=None)
@given(_events, st.data())
def test_what_comes_and_goes_leaves_what_stayed(usage_event, drawn, data):
    usages = _usages(usage_event, drawn)
    leaving = data.draw(
        st.lists(st.sampled_from(usages), unique_by=lambda usage: usage.offset) if usages else st.just([])
    )

    changes = fold(usages, [effect_of(usage)._replace(sign=-1) for usage in leaving])

    stayed = fold([usage for usage in usages if usage not in leaving])
    for key, change in changes.items():
        rest = stayed.get(key)
        assert change.event_count == (rest.came.event_count if rest else 0)
        assert change.digest == (rest.digest if rest else 0)
        assert change.total == (rest.came.total if rest else 0)
        assert change.delta_seconds == (rest.came.delta_seconds if rest else 0)
        assert {h for h, p in change.points.items() if p.event_count} == (set(rest.points) if rest else set())
    assert stayed.keys() <= changes.keys()


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 2)), max_size=20),
    st.dictionaries(st.integers(0, 4), st.integers(1, 2)),
)
@settings(deadline=None)
def test_each_event_of_a_batch_is_settled_once_and_the_first_of_a_key_wins(usage_event, drawn, counted):
    usages = _read(usage_event, [usage_event(f"k{key}", amount=str(amount)) for key, amount in drawn])
    payloads = {
        usage_event(f"k{key}").event_id.int: usage_event(f"k{key}", amount=str(a)) for key, a in counted.items()
    }
    firsts = candidates(usages).usages
    known = {
        usage.key: Known(bytes.fromhex(payloads[usage.key[1]].payload_hash), 0, 0, START.date(), is_tombstone=False)
        for usage in firsts
        if usage.key[1] in payloads
    }
    claimed = frozenset(usage.offset for usage in firsts if usage.key not in known)

    settlement = settle(usages, claimed, known)

    remembered = dict(counted)
    expected = {"fresh": 0, "duplicates": 0, "conflicts": 0}
    for key, amount in drawn:
        kind = "fresh" if key not in remembered else "duplicates" if remembered[key] == amount else "conflicts"
        remembered.setdefault(key, amount)
        expected[kind] += 1
    assert expected == {
        "fresh": len(settlement.fresh),
        "duplicates": len(settlement.duplicates),
        "conflicts": len(settlement.conflicts),
    }
    assert [usage.key for usage in firsts] == list(dict.fromkeys(usage.key for usage in usages))


def _usages(usage_event, drawn):
    return _read(
        usage_event,
        [
            usage_event(
                f"call-{number}",
                amount=format(amount, "f"),
                at=START + timedelta(seconds=seconds),
                customer=customer,
                metric_ids=tuple(sorted(metrics)),
                properties={"size": size},
            )
            for number, (customer, amount, seconds, metrics, size) in enumerate(drawn)
        ],
    )


def _read(usage_event, events):
    records = [LogRecord(offset, START, Identity(b""), None, event) for offset, event in enumerate(events)]
    if not records:
        return ()
    reading, stop = read_records(
        0, 0, records, lambda _org, metric_id: METRICS.get(metric_id, METRICS[UUID(int=10)]), KEY
    )
    assert stop is None
    return reading.usages


def _reference(drawn):
    """Counts and sums by rational numbers, one event after the other."""
    windows = {}
    for customer, amount, seconds, metrics, size in drawn:
        for metric_id, value in ((UUID(int=10), amount), (UUID(int=12), size)):
            if metric_id in metrics:
                key = (metric_id, customer, START + timedelta(minutes=15 * (seconds // 900)))
                count, total = windows.get(key, (0, Fraction(0)))
                windows[key] = (count + 1, total + Fraction(value))
    return windows
