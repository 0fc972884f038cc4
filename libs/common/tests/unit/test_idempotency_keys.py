"""An Idempotency-Key as it is read, and as it goes on."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.idempotency_keys import InvalidKey, header_of, read_key

PRINTABLE = "".join(sorted(set(string.printable) - set("\t\n\r\x0b\x0c")))


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ([], None),
        (["call-1"], "call-1"),
        (['"call-1"'], "call-1"),
        (['"a \\"b\\" \\\\c"'], 'a "b" \\c'),
        (["with space"], "with space"),
        (["x" * 255], "x" * 255),
        ([" padded "], "padded"),
        (['" kept "'], " kept "),
    ],
)
def test_a_key_is_taken_plain_or_as_a_quoted_string(values: list[str], key: str | None) -> None:
    assert read_key(values) == key


@pytest.mark.parametrize(
    "values",
    [[""], ['""'], ["x" * 256], ["ä"], ["a\tb"], ['"open'], ['"a"b'], ['"a";p=1'], ['"a\\x"'], ["one", "two"]],
)
def test_anything_else_is_no_key(values: list[str]) -> None:
    assert isinstance(read_key(values), InvalidKey)


@given(st.text(PRINTABLE, min_size=1, max_size=255))
def test_every_key_arrives_as_it_was_sent(key: str) -> None:
    on_the_wire = header_of(key).strip(" \t")  # whoever reads HTTP strips blanks around a value
    assert read_key([on_the_wire]) == key


def test_an_ordinary_key_is_written_plainly() -> None:
    assert header_of("call-1") == "call-1"
