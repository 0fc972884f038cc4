"""Records come back as they were written, and nothing else comes back."""

from hypothesis import given
from hypothesis import strategies as st

from usageflow.spool.frames import framed, read_frames

PAYLOADS = st.lists(st.binary(min_size=1, max_size=40), max_size=8)


@given(PAYLOADS)
def test_whole_records_come_back(payloads):
    content = b"".join(map(framed, payloads))
    assert [frame.payload for frame in read_frames(content)] == payloads


@given(PAYLOADS, st.integers(0, 400))
def test_a_torn_end_costs_only_the_torn_record(payloads, kept):
    content = b"".join(map(framed, payloads))[:kept]
    frames = list(read_frames(content))
    assert [frame.payload for frame in frames] == payloads[: len(frames)]
    assert sum(len(framed(payload)) for payload in payloads[: len(frames) + 1]) > kept or frames == [
        *read_frames(b"".join(map(framed, payloads)))
    ]


@given(PAYLOADS.filter(bool), st.data())
def test_a_changed_byte_is_seen(payloads, data):
    content = bytearray(b"".join(map(framed, payloads)))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    assert [frame.payload for frame in read_frames(bytes(content))] != payloads


def test_a_tail_of_zeros_is_no_record():
    assert [frame.payload for frame in read_frames(framed(b"a") + bytes(64))] == [b"a"]
