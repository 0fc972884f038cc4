"""Bodies that are sent again in another round carry keys of that round."""

from datetime import UTC, datetime

from bench.bodies import batch_body, event_body
from bench.connection import post_request
from bench.load import renewed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_renewed_request_has_the_same_length_and_other_keys():
    mark = "0123456789ab"
    request = post_request("/api/track/batch", batch_body(mark, 0, 3, NOW), "key")

    again = renewed(request, mark, 7)

    assert len(again) == len(request)
    assert again == post_request("/api/track/batch", batch_body("0007456789ab", 0, 3, NOW), "key")
    assert mark.encode() not in again


def test_a_hot_customer_has_all_events():
    assert all(b'"customer-0"' in event_body("run", number, NOW, 1) for number in range(20))
