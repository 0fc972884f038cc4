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

from usageflow_common.clock import Clock
from usageflow_common.database import create_engine
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.deliverer import Deliverer
from usageflow_webhooks.domain.addresses import Policy
from usageflow_webhooks.recorder import Recorder
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.store import deliveries, turns
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


async def main(step: str) -> None:
    if step in STEPS:
        place, name, kind = STEPS[step]
        setattr(place, name, kind(getattr(place, name)))
    given = json.loads(sys.stdin.readline())
    resolver = Resolver(Policy((ip_network("127.0.0.0/8"),)))
    engine = create_engine(given["url"], application_name="a worker that dies", pool_size=3)
    vault = Vault(bytes.fromhex(given["key"]))
    await Deliverer(engine, DeliveryClient(resolver), vault, Clock(), asyncio.Event()).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
