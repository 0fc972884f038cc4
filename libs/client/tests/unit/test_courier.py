"""Whatever the server answers, in whatever order: no event is lost, none overtakes another, and the books balance."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow import Options, Refused
from usageflow.answers import Denied, Indigestible, Later, Rejection, Taken
from usageflow.courier import Courier, Rest, Send
from usageflow.pacing import LONGEST_SECONDS
from usageflow.waiting import InMemory

POISON = "poison"


def payload(key):
    return json.dumps({"idempotencyKey": key}).encode()


def courier(**options):
    chosen = Options(**{"linger_seconds": 1.0, **options})
    return Courier(InMemory(chosen), chosen)


def keys(payloads):
    return [json.loads(sent)["idempotencyKey"] for sent in payloads]


class Server:
    """Answers as it is told, and keeps a ledger of first sights."""

    def __init__(self):
        self.seen = []
        self.rejected = []

    def answer(self, kind, payloads):
        if POISON in keys(payloads):
            return Indigestible("malformed_request", "Cannot be read.")
        match kind:
            case "lost":  # it arrives, and the answer does not
                self._see(payloads)
                return Later("ReadTimeout")
            case "away":
                return Later("503 unavailable", 2.0)
            case "denied":
                return Denied(Refused(401, "unauthenticated", "No."))
            case "too large" if len(payloads) > 1:
                return Indigestible("event_too_large", "Too large.")
            case "picky":
                self._see(payloads[1:])
                self.rejected.append(keys(payloads)[0])
                return Taken((Rejection(0, "unknown_metric", "No."),))
        self._see(payloads)
        return Taken()

    def _see(self, payloads):
        self.seen += [key for key in keys(payloads) if key not in self.seen]


ANSWERS = st.lists(st.sampled_from(["taken", "lost", "away", "denied", "too large", "picky"]), max_size=30)
EVENTS = st.lists(st.one_of(st.just(POISON), st.integers(0, 10**9).map(str)), unique=True, max_size=25)


@given(EVENTS, ANSWERS, st.integers(1, 8), st.integers(1, 400), st.lists(st.booleans()))
def test_no_event_is_lost_or_overtakes_another_under_any_sequence_of_answers(events, answers, batch, size, offers):
    options = Options(batch_events=batch, batch_bytes=size, linger_seconds=1.0)
    sender, server, now = Courier(InMemory(options), options), Server(), 0.0
    to_offer, to_answer, settled, rejected = list(events), list(answers), 0, []
    turns = iter(offers)
    while to_offer or sender.counters().queued:
        if to_offer and next(turns, True):
            assert sender.offer(payload(to_offer.pop(0)), now) is not None
        match sender.step(now):
            case Send(payloads):
                verdict = server.answer(to_answer.pop(0) if to_answer else "taken", payloads)
                outcome = sender.settle(verdict, now, 0.5)
                settled += outcome.count
                rejected += [event.idempotency_key for event in outcome.rejected]
            case Rest(seconds):
                now += seconds or 0.0
        books = sender.counters()
        assert books.tracked == books.queued + books.accepted + books.rejected + books.dropped
    assert settled == len(events)
    # in order of their first arrival, nothing twice, nothing missing
    assert [key for key in server.seen if key not in rejected] == [key for key in events if key not in rejected]
    assert set(rejected) >= {POISON} & set(events)
    assert set(rejected) - {POISON} == set(server.rejected)


def test_a_batch_goes_when_it_is_full_and_else_after_lingering():
    sender = courier(batch_events=2)
    sender.offer(payload("a"), 10.0)
    assert sender.is_worth_waking(10.0)
    assert sender.step(10.25) == Rest(0.75)
    sender.offer(payload("b"), 10.5)
    assert sender.is_worth_waking(10.5)
    assert sender.step(10.5) == Send([payload("a"), payload("b")])
    assert sender.step(20.0) == Rest(None)


def test_a_flush_does_not_linger():
    sender = courier()
    sender.offer(payload("a"), 0.0)
    mark = sender.hurry()
    assert isinstance(sender.step(0.0), Send)
    assert not sender.is_settled(mark)
    sender.settle(Taken(), 0.1, 0.0)
    assert sender.is_settled(mark)


def test_failures_make_it_wait_longer_and_a_success_ends_that():
    sender = courier(batch_events=1)
    for key in "ab":
        sender.offer(payload(key), 0.0)
    now, pauses = 0.0, []
    for _ in range(4):
        assert sender.step(now) == Send([payload("a")])
        sender.settle(Later("503 unavailable"), now, 0.5)
        rest = sender.step(now)
        pauses.append(rest.seconds)
        now += rest.seconds
    assert all(longer == 2 * shorter for shorter, longer in pairwise(pauses))
    assert (sender.counters().retried, sender.failure) == (4, "503 unavailable")
    sender.step(now)
    sender.settle(Taken(), now, 0.5)
    assert sender.step(now) == Send([payload("b")])
    assert sender.failure is None


def test_the_servers_retry_after_is_a_lower_bound():
    sender = courier(batch_events=1)
    sender.offer(payload("a"), 0.0)
    sender.step(0.0)
    sender.settle(Later("429 rate_limited", 7.0), 0.0, 0.0)
    assert sender.step(0.0) == Rest(7.0)


def test_a_refusal_keeps_the_events_and_is_tried_again_within_half_a_minute():
    sender = courier(batch_events=1)
    sender.offer(payload("a"), 0.0)
    sender.step(0.0)
    sender.settle(Denied(Refused(401, "unauthenticated", "No.")), 0.0, 0.9)
    assert sender.refused is not None
    assert sender.counters().queued == 1
    assert sender.step(LONGEST_SECONDS) == Send([payload("a")])
    sender.settle(Taken(), LONGEST_SECONDS, 0.0)
    assert sender.refused is None


def test_a_bad_event_is_found_by_halving_and_the_batches_grow_again():
    sender = courier(batch_events=8)
    names = [*"abcde", POISON, *"fghijklmnopqrstuvw"]
    for key in names:
        sender.offer(payload(key), 0.0)
    sender.hurry()
    server, sizes = Server(), []
    while sender.counters().queued:
        step = sender.step(5.0)
        sizes.append(len(step.payloads))
        sender.settle(server.answer("taken", step.payloads), 5.0, 0.0)
    assert server.seen == [key for key in names if key != POISON]
    assert sender.counters().rejected == 1
    assert (sizes[0], min(sizes)) == (8, 1)
    assert 8 in sizes[sizes.index(1) :]


def test_there_is_no_room_beyond_the_bounds():
    by_count, by_bytes = courier(queue_events=2), courier(queue_bytes=50)
    assert [by_count.offer(payload(key), 0.0) is None for key in "abc"] == [False, False, True]
    assert [by_bytes.offer(payload(key), 0.0) is None for key in "abc"] == [False, False, True]
    assert by_bytes.counters().tracked == 2


def test_what_is_abandoned_is_counted():
    sender = courier()
    sender.offer(payload("a"), 0.0)
    assert sender.abandon() == 1
    books = sender.counters()
    assert (books.dropped, books.queued) == (1, 0)


@pytest.mark.parametrize(
    "bounds", [{"batch_events": 1_001}, {"batch_bytes": 0}, {"queue_events": 0}, {"linger_seconds": -1}]
)
def test_options_that_could_never_work_are_refused(bounds):
    with pytest.raises(ValueError, match=r"."):
        Options(**bounds)
