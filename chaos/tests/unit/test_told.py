"""The proof of deliveries can fail: what is lost, invented, changed on the way or not logged is found and named."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from chaos.moods import DOWN, FLAPPING, GONE, STEADY, Moods
from chaos.receiver import Request, is_genuine
from chaos.store import Sent, ToldFact
from chaos.told import compare_deliveries, compare_facts

FACT = ToldFact(UUID(int=7), 1, "invoice.created", json.dumps({"data": {"invoice": {"id": "inv_1"}}}).encode())
ENDPOINT = UUID(int=9)
SENT = Sent(FACT.event_id, ENDPOINT, "delivered", 3, (1, 2, 3), ("interrupted", "http_status", None))
CAME = [
    Request(STEADY, FACT.webhook_id, b"digest", "fine"),
    Request(STEADY, FACT.webhook_id, b"digest", "broken"),
    Request(STEADY, FACT.webhook_id, b"digest", "resetting"),
    Request(STEADY, FACT.webhook_id, b"digest", "fine"),
]


def found(sent=SENT, came=CAME, facts=(FACT,), path=STEADY):
    came = [replace(request, path=path) for request in came]
    differences = compare_deliveries(list(facts), [sent] if sent else [], {path: ENDPOINT}, came)
    return [difference.what for difference in differences]


def test_what_was_tried_until_it_was_answered_is_right():
    assert found() == []


@pytest.mark.parametrize(
    ("sent", "came", "what"),
    [
        (None, [], "a fact without its dispatch"),
        (replace(SENT, status="retrying"), CAME, "ended as retrying"),
        (replace(SENT, status="parked"), CAME, "ended as parked"),
        (SENT, CAME[1:3], "1 successes logged, 0 answered"),
        (SENT, [CAME[0]], "1 refusals logged, 0 answered"),
        (SENT, [*CAME, CAME[0]], "4 requests answered, 3 attempts logged"),
        (replace(SENT, logged=(1, 3), errors=("interrupted", None)), CAME, "attempts (1, 3) logged of 3"),
        (replace(SENT, errors=("interrupted", None, "http_status")), CAME, "delivered after"),
        (SENT, [*CAME, replace(CAME[2], body_digest=b"other")], "2 different bodies"),
        (SENT, [*CAME, replace(CAME[0], webhook_id="evt_nobody")], "received, and no such fact is stored"),
    ],
)
def test_what_went_wrong_on_the_way_is_named(sent, came, what):
    assert any(each.startswith(what) for each in found(sent, came))


def test_only_for_who_has_gone_a_fact_may_be_parked_and_the_news_of_that_is_not_for_it():
    parked = replace(SENT, status="parked", attempts=1, logged=(1,), errors=("http_status",))
    gone = [replace(CAME[0], mood="gone")]

    assert found(parked, gone, path=GONE) == []
    assert found(parked, gone) == ["ended as parked"]
    assert found(None, [], [replace(FACT, type="endpoint.disabled")], path=GONE) == []
    assert found(None, [], [replace(FACT, type="endpoint.disabled")]) == ["a fact without its dispatch"]


@pytest.mark.parametrize(
    ("told", "invoices", "stored", "count"),
    [
        ([FACT.event_id] * 2, ["inv_1"], [FACT], 0),
        ([FACT.event_id], ["inv_1"], [FACT, ToldFact(UUID(int=8), 2, "ping", b"{}")], 0),
        ([FACT.event_id, UUID(int=8)], ["inv_1"], [FACT], 1),
        ([], ["inv_1"], [FACT], 1),
        ([FACT.event_id], ["inv_1", "inv_2"], [FACT], 1),
        ([FACT.event_id], ["inv_1"], [replace(FACT, sequence=2)], 1),
    ],
)
def test_what_was_told_is_what_is_stored(told, invoices, stored, count):
    assert len(compare_facts(told, invoices, stored)) == count


def test_a_flapping_receiver_has_every_mood_in_each_round_and_is_fine_when_the_storm_is_over():
    moods = Moods(1, FLAPPING[0])
    rounds = [[moods.next() for _ in range(6)] for _ in range(3)]
    again = Moods(1, FLAPPING[0])

    assert all(set(each) == {"broken", "hanging", "resetting", "busy", "fine"} for each in rounds)
    assert [[again.next() for _ in range(6)] for _ in range(3)] == rounds
    moods.calm()
    assert {moods.next() for _ in range(9)} == {"fine"}


def test_who_is_down_answers_nothing_good_and_who_has_gone_is_gone_for_ever():
    down, gone = Moods(1, DOWN), Moods(1, GONE)

    assert "fine" not in [down.next() for _ in range(20)]
    assert [gone.next() for _ in range(5)] == ["fine"] * 3 + ["gone"] * 2
    gone.calm()
    assert gone.next() == "gone"


def test_a_signature_is_of_the_id_the_time_and_the_bytes():
    # The example of the specification (standardwebhooks.com).
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,other v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    assert is_genuine(secret, headers, b'{"test": 2432232314}')
    assert not is_genuine(secret, headers, b'{"test": 2432232315}')
