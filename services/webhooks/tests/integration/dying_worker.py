"""A worker of its own process that is killed, as by `kill -9`, when it reaches a step: `python dying_worker.py STEP`, settings on stdin."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_common.topics import BILLING_EVENTS, Topic
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.deliverer import Deliverer
from usageflow_webhooks.domain.addresses import Policy
from usageflow_webhooks.domain.events import Fact
from usageflow_webhooks.intake import Intake
from usageflow_webhooks.recorder import Recorder
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.service.facts import Span
from usageflow_webhooks.store import deliveries, events, turns
from usageflow_webhooks.vault import Vault

Step = Callable[..., Awaitable[Any]]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(step: Step) -> Step:
    async def dies(*_: Any, **__: Any) -> None:
        die()

    return dies


def after(step: Step) -> Step:
    async def dies(*given: Any, **named: Any) -> None:
        await step(*given, **named)
        die()

    return dies


STEPS: dict[str, tuple[Any, str, Callable[[Step], Step]]] = {
    "leases are written, not committed": (turns, "end_turns", after),
    "leased, nothing sent": (DeliveryClient, "send", before),
    "answered, nothing written down": (DeliveryClient, "send", after),
    "written down, not committed": (deliveries, "insert_delivery", after),
    "committed": (Recorder, "record", after),
}


TOPIC = "facts"
WITH_FACT: dict[str, tuple[Any, str, Callable[[Step], Step]] | None] = {
    "leased with its fact, not committed": (events, "insert_dispatches", after),
    "leased with its fact, nothing sent": (DeliveryClient, "send", before),
    "sent with its fact, no answer yet": None,
}
"""Of a worker that reads the fact itself; None: the receiver hangs, and whoever sees that kills it."""


async def main(step: str) -> None:
    dies = {**STEPS, **WITH_FACT}.get(step)
    if dies is not None:
        place, name, kind = dies
        setattr(place, name, kind(getattr(place, name)))
    given = json.loads(sys.stdin.readline())
    resolver = Resolver(Policy((ip_network("127.0.0.0/8"),)))
    engine = create_engine(given["url"], application_name="a worker that dies", pool_size=3)
    vault = Vault(bytes.fromhex(given["key"]))
    deliverer = Deliverer(engine, DeliveryClient(resolver), vault, Clock(), asyncio.Event())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deliverer.run())
        if step in WITH_FACT:
            await deliverer.opened.wait()
            await read_fact(Intake(engine, Clock(), deliverer), UUID(given["org"]), UUID(given["fact"]))


async def read_fact(intake: Intake, org_id: UUID, event_id: UUID) -> None:
    topic = Topic(f"{TOPIC}.{org_id}", 1, BILLING_EVENTS.record, ("invoicer",), ("webhooks",), None)
    fact = Fact(org_id, event_id, "invoice.paid", Clock().wall(), "user_123", b"{}")
    await intake.take(Span(topic, 0, 0, 1), [fact])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
