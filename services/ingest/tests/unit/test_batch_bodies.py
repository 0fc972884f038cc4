"""Bodies of many events: taken apart without losing one, whatever stands around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.errors import BodyTooLarge, MalformedRequest, UsageflowError, ValidationFailed
from usageflow_ingest.domain.naming import Line
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX
from usageflow_ingest.routes.batch_bodies import BATCH_BYTES_MAX, LineSplitter, split_batch


def test_events_come_as_the_bytes_that_were_sent() -> None:
    assert split_batch(b' {"events" : [ {"a": 1.0}, 3 ,"x\\u0041"] } ') == [b'{"a": 1.0}', b"3", b'"x\\u0041"']


@pytest.mark.parametrize(
    ("body", "failure", "place"),
    [
        (b"", MalformedRequest, None),
        (b'{"events":[', MalformedRequest, None),
        (b'{"events":[{"a":NaN}]}', MalformedRequest, None),
        (b'\xef\xbb\xbf{"events":[{}]}', MalformedRequest, None),
        (b'{"events":[1],"events":[2]}', MalformedRequest, None),
        (b'{"events":[1],"\\u0065vents":[2]}', MalformedRequest, None),
        (b'{"\\u0065vents":[1] , "events" : [2] }', MalformedRequest, None),
        (b'{"events":[],"events":[]}', MalformedRequest, None),
        (b'{"events":' + b"[" * 5000 + b"]" * 5000 + b"}", MalformedRequest, None),
        (b"[]", ValidationFailed, ("", "invalid_type")),
        (b'[{"metric":"A"}]', ValidationFailed, ("", "invalid_type")),
        (b'{"events":[]}', ValidationFailed, ("/events", "invalid_value")),
        (b'{"events":3}', ValidationFailed, ("", "invalid_type")),
        (b"{}", ValidationFailed, ("/events", "required")),
        (b'{"events":[1],"mode":2}', ValidationFailed, ("/mode", "unknown_field")),
        (b'{"events":[' + b"1," * 10_000 + b"1]}", BodyTooLarge, None),
    ],
)
def test_another_body_is_refused(body: bytes, failure: type[UsageflowError], place: tuple[str, str] | None) -> None:
    with pytest.raises(failure) as caught:
        split_batch(body)
    assert [(error.field, error.code) for error in caught.value.errors] == ([] if place is None else [place])


def test_an_event_may_hold_a_property_named_events() -> None:
    body = b'{"events":[{"properties":{"events":1}},{"properties":{"events":"\\u0041"}}]}'
    assert len(split_batch(body)) == 2


def test_a_name_may_be_written_with_escapes() -> None:
    assert split_batch(b'\n{ "\\u0065vents"\t:\r[1, 2 ] } ') == [b"1", b"2"]


def lines_of(*chunks: bytes) -> list[Line]:
    splitter = LineSplitter()
    return [*(line for chunk in chunks for line in splitter.feed(chunk)), *splitter.finish()]


def test_blank_lines_and_carriage_returns_are_no_events() -> None:
    assert lines_of(b'{"a":1}\r\n\n  \n', b'{"b":', b"2}") == [Line(b'{"a":1}', True), Line(b'{"b":2}', True)]


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() -> None:
    longest = b"x" * EVENT_BYTES_MAX
    lines = lines_of(longest + b"\r\n" + longest + b"yz", b"z" * 100_000 + b"\n{}\n")
    assert lines == [Line(longest, True), Line(longest, False), Line(b"{}", True)]


def test_an_event_behind_many_blanks_is_neither_lost_nor_cut() -> None:
    blanks = b" \t" * EVENT_BYTES_MAX
    lines = lines_of(blanks + b'{"a":1}' + blanks, blanks + b"\n" + blanks + b"\n" + blanks + b"{}")
    assert lines == [Line(b'{"a":1}', True), Line(b"{}", True)]
    [line] = lines_of(b"{}" + blanks, blanks + b"x\n")
    assert not line.whole


@pytest.mark.parametrize("silence", [b"\n" * 2**16, b" " * 2**16, b"x" * 2**16, b" \r\n" * 2**14])
def test_a_stream_that_says_nothing_for_eight_mebibytes_ends(silence: bytes) -> None:
    splitter = LineSplitter()
    chunks = -(-BATCH_BYTES_MAX // len(silence))
    assert [line for _ in range(chunks - 1) for line in splitter.feed(silence)] == []
    assert list(splitter.feed(b"\n{}\n"))[-1] == Line(b"{}", True)
    with pytest.raises(BodyTooLarge):
        [line for _ in range(chunks + 1) for line in splitter.feed(silence)]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_byte_order_mark_is_refused_however_it_arrives(size: int) -> None:
    body = b'\xef\xbb\xbf{"a":1}\n'
    with pytest.raises(MalformedRequest):
        lines_of(*(body[at : at + size] for at in range(0, len(body), size)))


@given(st.lists(st.sampled_from([b"{}", b"", b"[1]", b"  ", b"x" * 40]), max_size=8), st.integers(1, 7))
def test_where_chunks_end_makes_no_difference(parts: list[bytes], size: int) -> None:
    body = b"\n".join(parts)
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    assert [line.raw for line in lines_of(*chunks)] == [part for part in parts if part.strip()]
