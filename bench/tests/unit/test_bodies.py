"""What is sent is what a backend would send."""

import json
from datetime import UTC, datetime

from bench.bodies import CUSTOMERS, batch_body, event_body

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_every_event_of_a_run_has_a_key_of_its_own():
    batches = [json.loads(batch_body("run", first, 100, NOW))["events"] for first in (0, 100)]
    assert len({event["idempotencyKey"] for batch in batches for event in batch}) == 200


def test_another_run_sends_other_keys():
    assert (
        json.loads(event_body("a", 1, NOW))["idempotencyKey"] != json.loads(event_body("b", 1, NOW))["idempotencyKey"]
    )


def test_an_event_has_a_time_within_the_last_minute_and_properties():
    event = json.loads(event_body("run", 5_000, NOW))
    assert event["timestamp"] == "2026-03-01T11:59:40Z"
    assert event["customerId"] == f"customer-{5_000 % CUSTOMERS}"
    assert event["properties"] == {"region": "us-east-1", "path": "/v1/search", "status": 200, "cached": True}
