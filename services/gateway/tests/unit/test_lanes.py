"""Micro-batches: who shares one, whose turn it is, and what happens when there is no room."""

import asyncio
import contextlib
from uuid import UUID

import pytest

from usageflow_common.errors import Overloaded
from usageflow_common.tokens import Actor, Caller
from usageflow_gateway.lanes import Answered, EventLanes, SingleEvent, Unanswered


def caller(number, key=None):
    return Caller(UUID(int=number), Actor("api_key", UUID(int=key or number)), None, frozenset(), "usageflow-gateway")


def event(key, body="{}"):
    return SingleEvent("application/json", key, "request-0001", body)


class Ingest:
    """Takes batches and answers when it is let."""

    def __init__(self):
        self.batches = []
        self.open = asyncio.Event()

    async def __call__(self, who, events):
        self.batches.append((who, [each.idempotency_key for each in events]))
        await self.open.wait()
        return [Answered(202, each.idempotency_key.encode()) for each in events]


@contextlib.asynccontextmanager
async def running(lanes):
    task = asyncio.create_task(lanes.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


def submit(lanes, who, *keys, body="{}"):
    return [lanes.submit(who, event(key, body)) for key in keys]


async def test_each_event_gets_its_own_answer_in_order():
    ingest = Ingest()
    lanes = EventLanes(ingest, lanes=1)
    async with running(lanes):
        first = submit(lanes, caller(1), "a")
        await settle()
        others = submit(lanes, caller(1), "b", "c", "d")
        await settle()
        ingest.open.set()
        fates = await asyncio.gather(*first, *others)
    assert [fate.body for fate in fates] == [b"a", b"b", b"c", b"d"]
    assert [keys for _, keys in ingest.batches] == [["a"], ["b", "c", "d"]]


async def test_callers_take_turns_and_never_share_a_batch():
    ingest = Ingest()
    lanes = EventLanes(ingest, lanes=1)
    async with running(lanes):
        tasks = submit(lanes, caller(1), "first")
        await settle()
        tasks += submit(lanes, caller(1), *(f"a{number}" for number in range(300)))
        tasks += submit(lanes, caller(2), "b")
        await settle()
        ingest.open.set()
        await asyncio.gather(*tasks)
    assert [(who.actor.id.int, len(keys)) for who, keys in ingest.batches] == [(1, 1), (1, 200), (2, 1), (1, 100)]


async def test_one_organization_fills_a_quarter_of_the_queue_and_all_of_them_the_rest():
    lanes = EventLanes(Ingest(), lanes=1, capacity_events=8)
    submit(lanes, caller(1), "a", "b")
    with pytest.raises(Overloaded):
        submit(lanes, caller(1), "c")
    with pytest.raises(Overloaded):
        submit(lanes, caller(1, key=2), "d")  # another key of the same organization
    for number in range(2, 5):
        submit(lanes, caller(number), "e", "f")
    with pytest.raises(Overloaded):
        submit(lanes, caller(9), "g")


async def test_bytes_are_shared_out_like_events():
    lanes = EventLanes(Ingest(), lanes=1, capacity_bytes=8_000)
    submit(lanes, caller(1), "a", body="x" * 1_900)
    with pytest.raises(Overloaded):
        submit(lanes, caller(1), "b", body="x" * 1_900)
    submit(lanes, caller(2), "c", body="x" * 1_900)


async def test_what_a_client_chose_beside_the_body_counts_as_well():
    lanes = EventLanes(Ingest(), lanes=1, capacity_bytes=4_000)
    with pytest.raises(Overloaded):
        lanes.submit(caller(1), SingleEvent("application/json;" + "x" * 2_000, "k", "request-0001", "{}"))


async def test_the_room_of_what_was_sent_is_free_again():
    ingest = Ingest()
    ingest.open.set()
    lanes = EventLanes(ingest, lanes=1, capacity_events=8)
    async with running(lanes):
        for _ in range(10):
            await asyncio.gather(*submit(lanes, caller(1), "a", "b"))


async def test_a_batch_that_fails_as_nobody_foresaw_does_not_end_the_lanes():
    failures = [RuntimeError("no one thought of this")]

    async def fail_once(_who, events):
        if failures:
            raise failures.pop()
        return [Answered(202, b"")] * len(events)

    lanes = EventLanes(fail_once, lanes=1)
    async with running(lanes):
        (lost,) = await asyncio.gather(*submit(lanes, caller(1), "a"))
        (sent,) = await asyncio.gather(*submit(lanes, caller(1), "b"))
    assert (type(lost), type(sent)) == (Unanswered, Answered)


async def test_an_event_whose_client_has_left_is_not_sent():
    ingest = Ingest()
    lanes = EventLanes(ingest, lanes=1)
    async with running(lanes):
        first = submit(lanes, caller(1), "a")
        await settle()
        left, stayed = submit(lanes, caller(1), "b", "c")
        await settle()
        left.cancel()
        await settle()
        ingest.open.set()
        await asyncio.gather(*first, stayed)
    assert [keys for _, keys in ingest.batches] == [["a"], ["c"]]


async def test_a_lost_batch_is_the_fate_of_all_its_events():
    async def lose(_who, events):
        return [Unanswered("away")] * len(events)

    lanes = EventLanes(lose, lanes=2)
    async with running(lanes):
        fates = await asyncio.gather(*submit(lanes, caller(1), "a", "b"))
    assert fates == [Unanswered("away"), Unanswered("away")]
