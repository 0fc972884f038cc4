"""Ends the clients of aiokafka within a bound: their own `stop` waits for a broker that may never answer again.

The bounds need four private parts of aiokafka 0.14 (the sender's task, the accumulator, the coordinator's task, the fetcher with
its requests); they are named here and nowhere else.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaError

_CUT_SECONDS: Final = 0.5
_CUTS_MAX: Final = 10


async def close_producer(producer: AIOKafkaProducer, *, flush_seconds: float) -> None:
    """Send what is under way within `flush_seconds`, then fail the rest at once and close the connections."""
    with suppress(TimeoutError):
        async with asyncio.timeout(flush_seconds):
            await producer.flush()
    sender = producer._sender.sender_task  # noqa: SLF001 it has no other end than the broker's answer
    # No request may leave after this, so that the next producer's messages cannot be overtaken by these.
    await producer.client.close()
    if sender is not None:
        await _cancel(sender)
    accumulator = producer._message_accumulator  # noqa: SLF001 nothing else can fail what was not sent
    queued = [batch for batches in accumulator._batches.values() for batch in batches]  # noqa: SLF001 as above
    accumulator.fail_all(KafkaError("The producer was closed."))
    for batch in queued:
        batch._drain_waiter.exception()  # noqa: SLF001 retrieved: nobody waits for room behind it any more
    await producer.stop()


async def close_consumer(consumer: AIOKafkaConsumer, *, seconds: float) -> None:
    """Leave the group politely within `seconds`, else without a word."""
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({stopping}, timeout=seconds)
    if not stopping.done():
        coordination = getattr(consumer._coordinator, "_coordination_task", None)  # noqa: SLF001 it may wait for a broker
        if coordination is not None:
            await _cancel(coordination)
        await _cancel(stopping)
    if not stopping.done() or stopping.cancelled() or stopping.exception() is not None:
        # `stop` did not come to its end, also where the coordinator had failed before: this is what it does last.
        if consumer._fetcher is not None:  # noqa: SLF001 as the comment says
            await _close_fetcher(consumer._fetcher)  # noqa: SLF001 as above
        await consumer._client.close()  # noqa: SLF001 as above


async def _close_fetcher(fetcher: Fetcher) -> None:
    """Its own `close` takes the end of a request that it has just cancelled for its own cancellation, and leaves the rest."""
    await _cancel(fetcher._fetch_task)  # noqa: SLF001 first, since it makes requests
    for request in list(fetcher._pending_tasks):  # noqa: SLF001 they wait for a broker
        await _cancel(request)
    fetcher._pending_tasks.clear()  # noqa: SLF001 there is nothing left to stumble over
    with suppress(KafkaError):  # why it had stopped fetching
        await fetcher.close()


async def _cancel(task: asyncio.Future[Any]) -> None:
    """Cancel until it is over: aiokafka's loops finish what they await at the first cancellation, and are cut off by the next."""
    for _ in range(_CUTS_MAX):
        if task.done():
            break
        task.cancel()
        await asyncio.wait({task}, timeout=_CUT_SECONDS)
    if task.done() and not task.cancelled():
        task.exception()  # retrieved: it was to end, whatever it says
