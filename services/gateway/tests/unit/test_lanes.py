"""Micro-batches: who shares one, whose turn it is, and what happens when there is no room."""

import asyncio
import contextlib
from uuid import UUID

import pytest

from usageflow_common.errors import Overloaded
from usageflow_common.tokens import Actor, Caller
from usageflow_gateway.lanes import Answered, EventLanes, SingleEvent, Unanswered


def caller(number):
    return Caller(UUID(int=number), Actor("api_key", UUID(int=number)), None, frozenset(), "usageflow-gateway")


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


def submit(lanes, who, *keys):
    return [asyncio.create_task(lanes.submit(who, event(key))) for key in keys]


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


async def test_a_full_queue_is_an_overload_that_names_the_key():
    lanes = EventLanes(Ingest(), lanes=1, capacity_events=8)
    waiting = [*submit(lanes, caller(1), "a", "b"), *submit(lanes, caller(2), "c")]
    await settle()
    with pytest.raises(Overloaded) as refused:
        await lanes.submit(caller(1), event("d"))  # one caller has its quarter
    assert refused.value.extensions == {"idempotencyKey": "d"}
    for number in range(3, 8):
        waiting += submit(lanes, caller(number), f"e{number}")
    await settle()
    with pytest.raises(Overloaded):
        await lanes.submit(caller(9), event("f"))
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_bytes_are_bounded_too():
    lanes = EventLanes(Ingest(), lanes=1, capacity_bytes=10)
    with pytest.raises(Overloaded):
        await lanes.submit(caller(1), event("a", body="x" * 11))


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
