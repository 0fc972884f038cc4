"""The client for threads, over a real socket."""

import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from usageflow import Closed, Options, QueueFull, Refused, Undelivered, UsageFlow

QUICK = Options(linger_seconds=0.01, trust_env=False)


def run_program(text, *arguments):
    """A program of its own; its output."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_tracked_arrives_with_its_key_its_time_and_its_exact_amount(server):
    with UsageFlow(server.url, "key", options=QUICK) as usage:
        key = usage.track("API_CALL", "user_123", Decimal("0.10"), properties={"region": "eu"})
    [[event]] = server.batches
    assert event["timestamp"].endswith("Z")
    assert {**event, "timestamp": None} == {
        "metric": "API_CALL",
        "amount": "0.1",
        "customerId": "user_123",
        "idempotencyKey": key,
        "timestamp": None,
        "properties": {"region": "eu"},
    }


def test_events_of_a_backfill_go_where_their_ages_are_allowed(server):
    backfill = f"bf_{'0' * 32}"
    with UsageFlow(server.url, "key", options=replace(QUICK, backfill=backfill)) as usage:
        usage.track("API_CALL", "user_123")
    with UsageFlow(server.url, "key", options=QUICK) as usage:
        usage.track("API_CALL", "user_123")
    assert server.paths == {f"/api/backfills/{backfill}/events", "/api/track/batch"}
    with pytest.raises(ValueError, match="bf_"):
        replace(QUICK, backfill="march-gap")


def test_many_threads_share_one_client_and_lose_nothing(server):
    with UsageFlow(server.url, "key", options=QUICK) as usage:

        def track(thread):
            for number in range(200):
                usage.track("API_CALL", "user_123", idempotency_key=f"{thread}-{number}")

        threads = [threading.Thread(target=track, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(server.keys) == sorted(f"{thread}-{number}" for thread in "abcd" for number in range(200))
    assert usage.counters.accepted == 800


def test_the_same_events_are_sent_until_they_are_acknowledged(server):
    server.script = [503, "hang up", 429, "forget to answer", 500]
    with UsageFlow(server.url, "key", options=QUICK) as usage:
        for number in range(3):
            usage.track("API_CALL", "user_123", idempotency_key=str(number))
        usage.flush(30)
        assert usage.counters.retried >= 5
    assert set(server.keys) == {"0", "1", "2"}
    assert server.batches[0] == server.batches[1][: len(server.batches[0])]


def test_rejected_events_come_back_with_their_reason(server):
    server.rejects = {"1", "3"}
    rejected, settled = [], []
    with UsageFlow(server.url, "key", options=QUICK, on_rejected=rejected.append, on_settled=settled.append) as usage:
        for number in range(4):
            usage.track("API_CALL", "user_123", idempotency_key=str(number))
    assert [(event.idempotency_key, event.code) for event in rejected] == [
        ("1", "unknown_metric"),
        ("3", "unknown_metric"),
    ]
    assert sum(batch.count for batch in settled) == 4
    books = usage.counters
    assert (books.accepted, books.rejected, books.queued, books.dropped) == (2, 2, 0, 0)


def test_a_callback_that_fails_harms_nobody(server, caplog):
    server.rejects = {"0"}

    def fail(_event):
        raise RuntimeError("the program's own mistake")

    with UsageFlow(server.url, "key", options=QUICK, on_rejected=fail) as usage:
        for number in range(2):
            usage.track("API_CALL", "user_123", idempotency_key=str(number))
    assert server.keys == ["1"]
    assert "a callback failed" in caplog.text


def test_a_wrong_key_is_said_at_once_and_keeps_the_events(server):
    server.script = [401] * 100
    usage = UsageFlow(server.url, "wrong", options=QUICK)
    usage.track("API_CALL", "user_123")
    with pytest.raises(Refused) as refusal:
        usage.flush(30)
    assert (refusal.value.status, refusal.value.code) == (401, "unauthenticated")
    assert usage.counters.queued == 1
    with pytest.raises(Refused):
        usage.close()
    assert usage.counters.dropped == 1


def test_a_full_queue_makes_track_wait_and_then_says_so(server):
    server.open.clear()
    options = Options(linger_seconds=0, queue_events=2, block_seconds=0.05, trust_env=False)
    with UsageFlow(server.url, "key", options=options) as usage:
        usage.track("API_CALL", "user_123")
        usage.track("API_CALL", "user_123")
        with pytest.raises(QueueFull):
            usage.track("API_CALL", "user_123")
        server.open.set()
        usage.flush(30)
        usage.track("API_CALL", "user_123")
    assert usage.counters.accepted == 3


def test_a_queue_that_gets_room_in_time_takes_the_event(server):
    server.open.clear()
    options = Options(linger_seconds=0, queue_events=1, block_seconds=30, trust_env=False)
    with UsageFlow(server.url, "key", options=options) as usage:
        usage.track("API_CALL", "user_123")
        threading.Timer(0.1, server.open.set).start()
        usage.track("API_CALL", "user_123")
    assert usage.counters.accepted == 2


def test_closing_in_time_or_never_is_honest_about_what_is_lost(server):
    server.open.clear()
    usage = UsageFlow(server.url, "key", options=QUICK)
    usage.track("API_CALL", "user_123")
    begun = time.monotonic()
    with pytest.raises(Undelivered) as lost:
        usage.close(0.1)
    assert time.monotonic() - begun < 5
    assert (lost.value.count, usage.counters.dropped) == (1, 1)
    with pytest.raises(Closed):
        usage.track("API_CALL", "user_123")
    usage.close()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8080", "http://"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="gateway"):
        UsageFlow(url, "key")


def test_the_key_is_in_no_error_and_no_log(server, caplog):
    server.script = [401] * 9
    usage = UsageFlow(server.url, "uf_live_secret", options=QUICK)
    usage.track("API_CALL", "user_123")
    with pytest.raises(Refused) as refusal:
        usage.close(30)
    assert "secret" not in f"{refusal.value!r} {refusal.value} {caplog.text} {usage!r}"


def test_an_interpreter_that_ends_flushes(server):
    run_program(
        """
        import sys
        from usageflow import Options, UsageFlow
        usage = UsageFlow(sys.argv[1], "key", options=Options(linger_seconds=60, trust_env=False))
        for number in range(3):
            usage.track("API_CALL", "user_123", idempotency_key=str(number))
        """,
        server.url,
    )
    assert server.keys == ["0", "1", "2"]


def test_a_client_that_nobody_holds_any_longer_flushes(server):
    usage = UsageFlow(server.url, "key", options=Options(linger_seconds=60, trust_env=False))
    usage.track("API_CALL", "user_123", idempotency_key="held")
    del usage
    assert server.keys == ["held"]


def test_a_forked_child_sends_its_own_events_and_not_its_parents(server):
    run_program(
        """
        import os, sys
        from usageflow import Options, UsageFlow
        usage = UsageFlow(sys.argv[1], "key", options=Options(linger_seconds=60, trust_env=False))
        usage.track("API_CALL", "user_123", idempotency_key="parent")
        child = os.fork()
        usage.track("API_CALL", "user_123", idempotency_key="child" if child == 0 else "parent again")
        usage.close()
        if child == 0:
            assert usage.counters.accepted == 1
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert usage.counters.accepted == 2
        """,
        server.url,
    )
    assert sorted(server.keys) == ["child", "parent", "parent again"]
