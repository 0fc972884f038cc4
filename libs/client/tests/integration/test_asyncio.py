"""The client for asyncio, over a real socket."""

import asyncio

import pytest

from usageflow import AsyncUsageFlow, Closed, Options, QueueFull, Refused, Spool, Undelivered

QUICK = Options(linger_seconds=0.01, trust_env=False)


async def test_the_same_events_are_sent_until_they_are_acknowledged(server):
    server.script = [503, "hang up", "forget to answer"]
    async with AsyncUsageFlow(server.url, "key", options=QUICK) as usage:
        await asyncio.gather(
            *(usage.track("API_CALL", "user_123", idempotency_key=str(number)) for number in range(700))
        )
        await usage.flush(30)
        books = usage.counters
    assert (books.accepted, books.queued) == (700, 0)
    assert set(server.keys) == {str(number) for number in range(700)}


async def test_rejected_events_come_back_with_their_reason(server):
    server.rejects = {"0"}
    rejected = []
    async with AsyncUsageFlow(server.url, "key", options=QUICK, on_rejected=rejected.append) as usage:
        await usage.track("API_CALL", "user_123", idempotency_key="0")
    assert [(event.idempotency_key, event.code) for event in rejected] == [("0", "unknown_metric")]


async def test_a_full_queue_makes_track_wait_and_then_says_so(server):
    server.open.clear()
    options = Options(linger_seconds=0, queue_events=1, block_seconds=0.05, trust_env=False)
    async with AsyncUsageFlow(server.url, "key", options=options) as usage:
        await usage.track("API_CALL", "user_123")
        with pytest.raises(QueueFull):
            await usage.track("API_CALL", "user_123")
        server.open.set()
        await usage.flush(30)
        await usage.track("API_CALL", "user_123")
    assert usage.counters.accepted == 2


async def test_a_wrong_key_is_said_at_once(server):
    server.script = [401] * 9
    usage = AsyncUsageFlow(server.url, "wrong", options=QUICK)
    await usage.track("API_CALL", "user_123")
    with pytest.raises(Refused):
        await usage.flush(30)
    with pytest.raises(Refused):
        await usage.close()
    assert usage.counters.dropped == 1


async def test_closing_is_honest_about_what_is_lost(server):
    server.open.clear()
    usage = AsyncUsageFlow(server.url, "key", options=QUICK)
    await usage.track("API_CALL", "user_123")
    with pytest.raises(Undelivered):
        await usage.close(0.1)
    with pytest.raises(Closed):
        await usage.track("API_CALL", "user_123")


async def test_what_a_spool_holds_is_sent_by_the_next_client(server, tmp_path):
    server.open.clear()
    spool = Spool(tmp_path, fsync=True)
    first = AsyncUsageFlow(server.url, "key", options=QUICK, spool=spool)
    for number in range(3):
        await first.track("API_CALL", "user_123", idempotency_key=str(number))
    await first.close(0)
    server.open.set()
    async with AsyncUsageFlow(server.url, "key", options=QUICK, spool=spool) as second:
        assert second.counters.recovered == 3
        await second.flush(30)
    assert set(server.keys) == {"0", "1", "2"}
