"""Every answer has one meaning, and only an answer that accounts for every event settles them."""

import json
from datetime import UTC, datetime

import pytest

from usageflow.answers import Answer, Denied, Indigestible, Later, Rejection, Taken, read_answer, retry_after_seconds

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


def taken(accepted, *rejected):
    entries = [{"index": index, "code": "unknown_metric", "detail": "No."} for index in rejected]
    return json.dumps({"accepted": accepted, "rejectedCount": len(entries), "rejected": entries}).encode()


def problem(code, **members):
    return json.dumps({"type": f"urn:usageflow:problem:{code}", "code": code, "detail": "Because.", **members}).encode()


def verdict(status, body=b"", count=3, **answer):
    return read_answer(Answer(status, body, **answer), count, NOW)


def test_a_202_settles_all_and_names_the_rejected_in_order():
    assert verdict(202, taken(3)) == Taken()
    assert verdict(202, taken(1, 2, 0)) == Taken(
        (Rejection(0, "unknown_metric", "No."), Rejection(2, "unknown_metric", "No."))
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", taken(2), taken(4), taken(2, 3), taken(1, 1, 1), b'{"accepted":"3","rejected":[]}'],
)
def test_a_202_that_does_not_account_for_every_event_settles_none(body):
    assert isinstance(verdict(202, body), Later)


def test_a_batch_of_bad_events_only_is_settled_too():
    entries = [{"index": index, "code": "timestamp_too_old", "detail": "Old."} for index in range(3)]
    found = verdict(422, problem("all_events_rejected", rejectedCount=3, rejected=entries))
    assert isinstance(found, Taken)
    assert len(found.rejections) == 3


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_passes_is_repeated(status):
    assert verdict(status, problem("unavailable")) == Later(f"{status} unavailable")
    assert verdict(status, b"<html>", retry_after="7") == Later(f"{status} unknown", 7.0)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 409, 415])
def test_what_a_person_must_mend_keeps_the_events(status):
    found = verdict(status, problem("insufficient_scope"))
    assert isinstance(found, Denied)
    assert (found.refused.status, found.refused.code) == (status, "insufficient_scope")


def test_a_batch_that_cannot_be_read_is_taken_apart():
    assert isinstance(verdict(400, problem("malformed_request")), Indigestible)
    assert isinstance(verdict(422, problem("validation_failed")), Indigestible)
    assert isinstance(verdict(413, problem("body_too_large"), count=1), Indigestible)
    assert isinstance(verdict(413, b"<html>too large for this proxy</html>"), Indigestible)


@pytest.mark.parametrize(
    ("status", "body", "count"),
    [(400, b"<html>", 3), (422, b"{}", 3), (413, b"<html>", 1), (400, problem("organization_required"), 1)],
)
def test_no_event_is_given_up_for_what_somebody_else_says(status, body, count):
    assert isinstance(verdict(status, body, count=count), Denied)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("3", 3),
        ("99999999999999", 300),
        ("Wed, 04 Mar 2026 10:00:09 GMT", 9),
        ("Wed, 04 Mar 2026 09:00:00 GMT", 0),
        ("Wed, 04 Mar 2026 10:00:09", 0),
        ("soon", 0),
        ("-1", 0),
        ("²", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nonsense_is_nothing(header, seconds):
    assert retry_after_seconds(header, NOW) == seconds
