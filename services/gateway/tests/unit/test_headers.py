"""Which headers pass."""

import pytest

from usageflow_gateway.domain.headers import (
    request_headers,
    response_headers,
    traceparent,
)


def test_only_harmless_headers_of_a_client_go_on():
    sent = [
        (b"Authorization", b"Bearer uf_live_x"),
        (b"Cookie", b"uf_session=x"),
        (b"Content-Type", b"application/json"),
        (b"If-Match", b'"7"'),
        (b"X-Forwarded-For", b"1.2.3.4"),
        (b"X-Request-Id", b"forged-request-id"),
        (b"Idempotency-Key", b"raw"),
        (b"UsageFlow-Organization", b"org_1"),
        (b"X-UsageFlow-Org", b"forged"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Host", b"example.com"),
        (b"Expect", b"100-continue"),
    ]
    assert request_headers(sent) == [(b"content-type", b"application/json"), (b"if-match", b'"7"')]


def test_a_header_that_connection_names_stays_behind():
    sent = [(b"connection", b"close, If-Match"), (b"if-match", b'"7"'), (b"accept", b"*/*")]
    assert request_headers(sent) == [(b"accept", b"*/*")]


def test_what_belongs_to_one_connection_does_not_come_back():
    answered = [
        (b"Content-Type", b"application/json"),
        (b"ETag", b'"7"'),
        (b"Connection", b"keep-alive, X-Private"),
        (b"X-Private", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Server", b"uvicorn"),
        (b"Date", b"now"),
        (b"X-Request-Id", b"req_1"),
        (b"Set-Cookie", b"a=b"),
        (b"Retry-After", b"1"),
    ]
    assert response_headers(answered) == [
        (b"content-type", b"application/json"),
        (b"etag", b'"7"'),
        (b"retry-after", b"1"),
    ]


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"], True),
        (["00-4BF9-1-01"], False),
        ([], False),
        (["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"] * 2, False),
    ],
)
def test_a_trace_goes_on_when_it_can_be_one(values, kept):
    assert traceparent(values) == (values[0] if kept else None)
