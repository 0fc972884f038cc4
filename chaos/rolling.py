"""`python -m chaos.rolling`: a deployment rolls under load. Every process is replaced once, and no event is lost, doubled or refused.

Old and new stand side by side all the time, as two versions do: each reads what the other writes.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from chaos import billing, store
from chaos.api import Api, StormFailed, open_api
from chaos.books import Books
from chaos.outcome import Outcome
from chaos.pairs import Pairs, open_pairs
from chaos.proof import Difference, name_some
from chaos.report import Progress
from chaos.rest import come_to_rest, prove_counting
from chaos.senders import STREAMS, Scene, Single, Stream
from chaos.timeline import Timeline
from chaos.traffic import CUSTOMERS
from usageflow import UsageFlowError
from usageflow_cli.receiver import Receiver
from usageflow_common import logs
from usageflow_common.clock import Clock
from usageflow_common.database import connect
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.topics import EVENTS_RAW
from usageflow_local.errors import LocalRuntimeError

_CALLERS: Final = 6
_CALM_SECONDS: Final = 3.0
_SETTLE_SECONDS_MAX: Final = 120.0
_DELIVERED_SECONDS_MAX: Final = 120.0
_DOCUMENTED: Final = frozenset({"503 unavailable", "503 overloaded"})
"""What a client may be told while a process goes, and asks again under the same key."""


async def roll(pairs: Pairs, rate: float, progress: Progress, outcome: Outcome) -> None:
    """Load, every process replaced, a close in the middle of it, rest, proof. StormFailed when it does not come to rest."""
    loop = asyncio.get_running_loop()
    today = Clock().wall().replace(hour=0, minute=0, second=0, microsecond=0)
    api_key = await asyncio.to_thread(pairs.system.found_test_organization, "Rolling")
    began_at = loop.time()
    scene = Scene(pairs.url, api_key, 1, today, outcome.books, outcome.timeline, lambda: loop.time() - began_at)
    with Receiver() as receiver:
        async with open_api(pairs.url, api_key) as api:
            await billing.prepare(api)
            await api.post("/api/webhooks/endpoints", {"url": receiver.url, "eventTypes": ["invoice.created"]})
            began_at = loop.time()
            await _under_load(pairs, rate, progress, scene, api)
            await come_to_rest(pairs, progress.announce)
            await _prove(pairs, api, outcome)
            await _prove_deliveries(api, receiver, outcome)


async def _under_load(pairs: Pairs, rate: float, progress: Progress, scene: Scene, api: Api) -> None:
    streams = [Stream(scene, number, rate / STREAMS) for number in range(STREAMS)]
    singles = [Single(scene, number) for number in range(_CALLERS)]
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(each.run()) for each in streams]
        running += [group.create_task(each.run()) for each in singles]
        await asyncio.sleep(_CALM_SECONDS)
        half = len(pairs.replicas) // 2
        for number, replica in enumerate(pairs.replicas):
            if number == half:
                closing = group.create_task(billing.close(api, CUSTOMERS, scene.today))
            before = scene.elapsed()
            await pairs.replace(replica)
            progress.announce(f"{replica.name} replaced in {scene.elapsed() - before:.1f} s")
        await closing
        await asyncio.sleep(_CALM_SECONDS)
        for task in running:
            task.cancel()
        scene.timeline.ended(scene.elapsed())
        for stream in streams:
            try:
                await stream.finish(_SETTLE_SECONDS_MAX)
            except UsageFlowError as error:
                raise StormFailed(f"a stream of events could not be settled: {error}") from None


async def _prove(pairs: Pairs, api: Api, outcome: Outcome) -> None:
    owner = await connect(pairs.system.postgres.owner_url, application_name="chaos", command_seconds=120)
    bus = Bus(pairs.bus_settings, "chaos")
    log = LogReader(bus, EVENTS_RAW)
    try:
        ends = {p: (await log.bounds(p)).end for p in range(bus.partitions(EVENTS_RAW))}
        await prove_counting(pairs, owner, ends, await store.read_events(owner), outcome)
    finally:
        await owner.close()
        await log.stop()
    found = await billing.verify_all(api)
    outcome.invoices = len(found)
    wrong = [each for each in found if each.report["status"] != "passed"]
    outcome.differences += [Difference("an invoice is not what raw events make it", each.customer_id) for each in wrong]
    if Counter(each.customer_id for each in found) != Counter(CUSTOMERS):
        outcome.differences.append(Difference("not one invoice for each customer", "invoices"))
    books = outcome.books
    outcome.differences += [Difference(f"{n} answers", what) for what, n in books.surprises.items()]
    undocumented = {what: n for what, n in books.again.items() if what[:1].isdigit() and what not in _DOCUMENTED}
    outcome.differences += [
        Difference(f"{n} answers that are not documented", what) for what, n in undocumented.items()
    ]


async def _prove_deliveries(api: Api, receiver: Receiver, outcome: Outcome) -> None:
    """Each invoice came, under one id however often it came."""
    ids: dict[str, set[str]] = {}
    try:
        async with asyncio.timeout(_DELIVERED_SECONDS_MAX):
            while len(ids) < len(CUSTOMERS):
                while not receiver.deliveries.empty():
                    delivery = receiver.deliveries.get_nowait()
                    ids.setdefault(delivery.event()["data"]["invoice"]["number"], set()).add(delivery.webhook_id)
                await asyncio.sleep(0.2)
    except TimeoutError:
        outcome.differences.append(Difference(f"{len(CUSTOMERS) - len(ids)} invoices were never delivered", "webhooks"))
    outcome.differences += [Difference("several ids", number) for number, each in ids.items() if len(each) > 1]
    endpoint = (await api.get("/api/webhooks/endpoints"))["data"][0]
    if endpoint["status"] != "enabled":
        outcome.differences.append(Difference("the endpoint is not enabled any more", endpoint["id"]))


async def rolled(rate: float, console: Console) -> Outcome:
    """One deployment."""
    outcome = Outcome(Books(), Timeline())
    progress = Progress(console, outcome.books)
    async with progress.shown(), open_pairs() as pairs:
        await roll(pairs, rate, progress, outcome)
        progress.announce("stopping")
    return outcome


def main(arguments: Sequence[str]) -> int:
    """The command line: 1 on any difference."""
    parser = argparse.ArgumentParser(prog="chaos.rolling", description="A deployment rolls under load, and its proof.")
    parser.add_argument("--rate", type=float, default=500.0, help="events a second (default %(default)s)")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    logs.configure("chaos", "ERROR")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        outcome = asyncio.run(rolled(options.rate, console))
    except (StormFailed, LocalRuntimeError) as failure:
        console.print(f"{failure}", style="red", markup=False)
        return 1
    books = outcome.books
    console.print(
        f"{books.acknowledged:,} of {books.offered:,} events acknowledged, {outcome.counted:,} counted, {outcome.invoices} invoices"
        f" verified; single events were asked again after {dict(books.again) or 'nothing'};"
        f" longest time without a 202: {outcome.timeline.longest_silence_seconds:.1f} s"
    )
    for line in name_some(outcome.differences):
        console.print(f"  {line}", style="red", markup=False)
    if not outcome.differences:
        console.print("Every acknowledged event counted once, and nobody was turned away.", style="green")
    return 1 if outcome.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
