"""Two requests are the same when all of their parts are."""

from hypothesis import given
from hypothesis import strategies as st

from usageflow_gateway.domain.fingerprint import fingerprint

TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=10)


def test_every_part_counts():
    variants = [
        ("POST", "/api/metrics", "application/json", b"{}"),
        ("PUT", "/api/metrics", "application/json", b"{}"),
        ("POST", "/api/metrics?a=1", "application/json", b"{}"),
        ("POST", "/api/metrics", "application/json; charset=utf-8", b"{}"),
        ("POST", "/api/metrics", "application/json", b"{ }"),
    ]
    assert len({fingerprint(*variant) for variant in variants}) == len(variants)


@given(TOKENS, TOKENS, TOKENS, st.binary(max_size=10), TOKENS, TOKENS, TOKENS, st.binary(max_size=10))
def test_parts_cannot_flow_into_each_other(m1, p1, c1, b1, m2, p2, c2, b2):
    same = (m1, p1, c1, b1) == (m2, p2, c2, b2)
    assert (fingerprint(m1, p1, c1, b1) == fingerprint(m2, p2, c2, b2)) == same
