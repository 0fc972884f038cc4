"""The fold, against the plainest reference there is: one event after the other into a dictionary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.domain.fold import fold, merge
from usageflow_aggregator.domain.ledger import candidates, settle
from usageflow_aggregator.domain.measure import Count, Sum
from usageflow_aggregator.domain.reading import LogRecord, read_records

KEY = bytes(32)
START = datetime(2026, 3, 1, tzinfo=UTC)
METRICS = {UUID(int=10): Sum(None), UUID(int=11): Count(), UUID(int=12): Sum("size")}

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
def test_any_order_and_any_split_give_the_windows_of_the_reference(usage_event, drawn, random, size):
    usages = _usages(usage_event, drawn)
    shuffled = random.sample(usages, len(usages))

    windows = {}
    for start in range(0, len(shuffled), size):
        for key, addition in fold(shuffled[start : start + size]).items():
            windows[key] = merge(windows[key], addition) if key in windows else addition

    assert {key: (w.event_count, w.total, w.digest) for key, w in windows.items()} == _reference(drawn, usages)


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
    firsts = candidates(usages)
    known = {
        usage.key: bytes.fromhex(payloads[usage.key[1]].payload_hash) for usage in firsts if usage.key[1] in payloads
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
        "duplicates": settlement.duplicates,
        "conflicts": len(settlement.conflicts),
    }
    assert [usage.key for usage in firsts] == sorted({usage.key for usage in usages})


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
    records = [LogRecord(offset, START, b"", None, event) for offset, event in enumerate(events)]
    if not records:
        return ()
    reading, stop = read_records(0, 0, records, lambda _org, metric_id: METRICS.get(metric_id, Sum(None)), KEY)
    assert stop is None
    return reading.usages


def _reference(drawn, usages):
    windows = {}
    for (customer, amount, seconds, metrics, size), usage in zip(drawn, usages, strict=True):
        for metric_id in metrics:
            start_at = START + timedelta(minutes=15 * (seconds // 900))
            added = {Sum(None): Fraction(amount), Count(): Fraction(0), Sum("size"): Fraction(size)}[METRICS[metric_id]]
            key = (usage.event.org_id, metric_id, customer, start_at)
            count, total, digest = windows.get(key, (0, Fraction(0), 0))
            windows[key] = (count + 1, total + added, (digest + usage.digest) % DIGEST_MODULUS)
    return {
        key: (
            count,
            Decimal(total.numerator) / total.denominator if total.denominator == 1 else _decimal(total),
            digest,
        )
        for key, (count, total, digest) in windows.items()
    }


def _decimal(total):
    scaled = total * 10**12
    assert scaled.denominator == 1
    return Decimal(f"{scaled.numerator}e-12")
