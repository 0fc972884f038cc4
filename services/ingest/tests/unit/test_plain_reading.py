"""The quick reading says what the exact one says, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usageflow_common.records import AcceptedEvent, UsageEvent
from usageflow_common.topics import EVENTS_RAW, decode, encode
from usageflow_ingest.domain.outcomes import SentEvent
from usageflow_ingest.domain.plain_reading import read_plain
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX, read_event

_NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(10**22), 10**22),
    st.decimals(allow_nan=False, allow_infinity=False, places=13),
    st.sampled_from(["-0", "-0.0", "0.50", "1e3", "1E-12", "1e-13", "1.0e20", "9" * 20, "9" * 21, "1e400000", "007"]),
    st.sampled_from(
        ["12345678901234567890.123456789012", "-0.000000000001", "9223372036854775808", "1e99999999999999999999"]
    ),
).map(str)
_TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(['"', "\\", '\\"', "\x00", "\u00e9", "\U0001f600", "\ud800", "a" * 512, "a" * 513]),
)
_INSTANTS = st.one_of(
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.sampled_from(
        [
            "2026-03-01T00:00:00Z",
            "2026-03-01t00:00:00z",
            "2026-03-01T00:00:00.000000Z",
            "2026-03-01T00:00:00.5Z",
            "2026-03-01T00:00:00.1234567Z",
            "2026-03-01T02:00:00+02:00",
            "2026-02-30T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T00:00:60Z",
            "2026-03-01T00:60:00Z",
            "0000-01-01T00:00:00Z",
            "2026-03-01 00:00:00Z",
            "2026-03-01T00:00:00",
        ]
    ),
)


def _text(value: str, escaped: bool) -> str:
    return json.dumps(value, ensure_ascii=escaped)


_QUOTED = st.builds(_text, _TEXTS, st.booleans())
_SCALARS = st.one_of(_NUMBERS, _QUOTED, st.sampled_from(["true", "false", "null", "[]", "{}", '{"a":1}', "NaN", "tru"]))
_NAMES = st.one_of(st.sampled_from(["a", "b", "region", "A.b-c_9", "", "a b", "n" * 64, "n" * 65]), _TEXTS)
_QUOTED_NAMES = st.builds(_text, _NAMES, st.booleans())


@st.composite
def _objects(draw: st.DrawFn, members: st.SearchStrategy[tuple[str, str]], max_size: int = 6) -> str:
    blank = draw(st.sampled_from(["", " ", "\n"]))
    pairs = draw(st.lists(members, max_size=max_size))
    return "{" + f",{blank}".join(f"{name}{blank}:{value}" for name, value in pairs) + "}" + blank


_PROPERTIES = _objects(st.tuples(_QUOTED_NAMES, _SCALARS))
_FIELDS = st.one_of(
    st.tuples(st.just('"amount"'), st.one_of(_SCALARS, _NUMBERS.map(lambda number: f'"{number}"'))),
    st.tuples(st.just('"timestamp"'), st.one_of(_INSTANTS.map(json.dumps), _SCALARS)),
    st.tuples(st.just('"idempotencyKey"'), _SCALARS),
    st.tuples(st.just('"properties"'), st.one_of(_PROPERTIES, _SCALARS)),
    st.tuples(st.just('"customerId"'), st.sampled_from(['"user_123"', '"-"', '"' + "c" * 128 + '"', '"\\u0041"', "1"])),
    st.tuples(st.just('"metric"'), st.sampled_from(['"API_CALL"', '"1A"', '""', '"' + "M" * 65 + '"', "null"])),
    st.tuples(_QUOTED_NAMES, _SCALARS),
)
_REQUIRED = '{"metric":"API_CALL","customerId":"user_123"'


@settings(max_examples=400, deadline=None)
@given(_objects(_FIELDS), st.booleans())
def test_whatever_is_sent_the_quick_reading_agrees_with_the_exact_one(members: str, complete: bool) -> None:
    text = _REQUIRED + ("," + members[1:] if members.strip() != "{}" else "}") if complete else members
    raw = text.encode("utf-8", "surrogatepass")
    quick = read_plain(raw)
    if quick is not None:
        assert quick == read_event(raw)
        assert [type(value) for value in quick.properties.values()] == _types(read_event(raw))


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c.d"]),
        st.one_of(st.text(max_size=4), st.booleans(), st.none(), st.integers(-99, 99)),
        max_size=3,
    )
)
def test_an_ordinary_event_is_read_quickly(properties: dict[str, Any]) -> None:
    event = {"metric": "API_CALL", "customerId": "user_123", "amount": "1.5", "properties": properties}
    raw = json.dumps(event, ensure_ascii=False).encode()
    assert (read_plain(raw) is not None) or b"\\\\" in raw or "\\u0000" in raw.decode()


@pytest.mark.parametrize(
    "members",
    [
        ',"properties":{"a":1,"a":1}',
        ',"properties":{"a":"1","\\u0061":"1"}',
        ',"amount":1,"amount":1',
        ',"metric":"API_CALL"',
        ',"properties":{},"properties":{}',
        ',"properties":{"a":"x\\\\","b":"y\\\\","b":1}',
        ',"properties":{"a":"\\"","a":"\\""}',
    ],
)
def test_a_key_that_stands_twice_is_left_to_the_exact_reading(members: str) -> None:
    assert read_plain((_REQUIRED + members + "}").encode()) is None


def test_an_event_beyond_the_limit_is_not_read() -> None:
    fits = (_REQUIRED + "}").encode().ljust(EVENT_BYTES_MAX)
    assert read_plain(fits) is not None
    assert read_plain(fits + b" ") is None


def test_the_written_record_is_the_one_that_is_read() -> None:
    ids = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(4)]
    written = AcceptedEvent(
        org_id=ids[0],
        event_id=ids[1],
        idempotency_key="call-1",
        metric="API_CALL",
        metric_ids=(ids[2],),
        amount="1.5",
        customer_id="user_123",
        occurred_at="2026-03-04T10:00:00.5Z",
        occurred_at_given=True,
        properties={"region": "eu"},
        received_at="2026-03-04T10:00:00Z",
        payload_hash="0" * 64,
        api_key_id=ids[3],
    )
    read = decode(EVENTS_RAW, encode(written), EVENTS_RAW.schema.encode())
    assert isinstance(read, UsageEvent)
    assert decode(EVENTS_RAW, encode(read), EVENTS_RAW.schema.encode()) == read
    assert AcceptedEvent.__struct_fields__ == UsageEvent.__struct_fields__


def _types(event: object) -> list[type]:
    return [type(value) for value in event.properties.values()] if isinstance(event, SentEvent) else []
