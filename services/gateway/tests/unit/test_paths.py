"""Paths that two programs could read differently name nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_gateway.domain.paths import join_path, split_path


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        (b"/api/track", ("api", "track")),
        (b"/api/customers/user%40example.com", ("api", "customers", "user@example.com")),
        (b"/api/customers/a%7Cb", ("api", "customers", "a|b")),
        (b"/api/customers/a+b:c", ("api", "customers", "a+b:c")),
        (b"/%61pi/track", ("api", "track")),
    ],
)
def test_a_plain_path_is_read_segment_by_segment(raw, segments):
    assert split_path(raw) == segments


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"api/track",
        b"/",
        b"//api/track",
        b"/api//track",
        b"/api/track/",
        b"/api/./track",
        b"/api/../internal/track",
        b"/api/%2e%2e/internal",
        b"/api/%2E/track",
        b"/api%2ftrack",
        b"/api/customers/a%2Fb",
        b"/api/customers/a%5cb",
        b"/api/customers/a\\b",
        b"/api/customers/a%252fb",
        b"/api/customers/a;b=c",
        b"/api/customers/a%00b",
        b"/api/customers/a%0d%0ab",
        b"/api/customers/a%",
        b"/api/customers/a%2",
        b"/api/customers/a%zz",
        b"/api/customers/%c3%a4",
        b"/api/customers/\xc3\xa4",
        b"/api/" + b"a" * 2048,
    ],
)
def test_a_path_with_two_readings_names_nothing(raw):
    assert split_path(raw) is None


@given(st.lists(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@+|-]{0,20}", fullmatch=True), min_size=1, max_size=5))
def test_a_path_that_is_written_anew_reads_the_same(segments):
    assert split_path(join_path(tuple(segments)).encode()) == tuple(segments)
