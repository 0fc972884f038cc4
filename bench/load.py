"""The load generator, a process of its own: one job on standard input, one outcome on standard output. `python -m bench.load`.

Bodies are made before the clock starts; sending is bounded in requests and in time; 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import uvloop

from bench.bodies import CUSTOMERS, batch_body, event_body
from bench.connection import Connection, connect, post_request
from bench.figures import percentile
from usageflow_common.clock import Clock

BODIES_MAX: Final = 4_000


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, and when to stop: after `requests` or `seconds`, whichever comes first.

    `events_per_request` 1 means single events, else batches. `mark` begins the keys, so another mark means other events. Bodies are sent
    again from the first on when there are more requests than bodies; with `renew`, under keys of each round's own. `per_second` None: as
    fast as answers come.
    """

    port: int
    path: str
    api_key: str
    mark: str
    events_per_request: int
    bodies: int
    in_flight: int
    requests: int
    seconds: float
    warm_up_seconds: float = 0.0
    per_second: float | None = None
    customers: int = CUSTOMERS
    renew: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. The rate is over the time after warming up; statuses are of all requests."""

    requests: int
    requests_per_second: float
    statuses: dict[int, int]
    p50_ms: float
    p99_ms: float


class _Run:
    """One job being worked off by as many senders as may be in flight."""

    def __init__(self, job: Job, requests: Sequence[bytes]) -> None:
        self._job = job
        self._numbers: Iterator[int] = iter(range(job.requests))
        self._requests = requests
        self._clock = time.perf_counter  # a loop's own clock may count in whole milliseconds
        self._statuses: Counter[int] = Counter()
        self._milliseconds: list[float] = []
        self._began_at = 0.0

    async def finish(self) -> Outcome:
        """Send everything."""
        connections = [await connect(self._job.port) for _ in range(self._job.in_flight)]
        self._began_at = self._clock()
        await asyncio.gather(*(self._send_in_turn(connection) for connection in connections))
        seconds = self._clock() - self._began_at - self._job.warm_up_seconds
        for connection in connections:
            connection.close()
        return Outcome(
            requests=self._statuses.total(),
            requests_per_second=len(self._milliseconds) / seconds,
            statuses=dict(self._statuses),
            p50_ms=percentile(self._milliseconds, 0.50),
            p99_ms=percentile(self._milliseconds, 0.99),
        )

    def _request(self, number: int) -> bytes:
        round_number, index = divmod(number, len(self._requests))
        request = self._requests[index]
        return renewed(request, self._job.mark, round_number) if self._job.renew and round_number else request

    async def _send_in_turn(self, connection: Connection) -> None:
        ends_at = self._began_at + self._job.seconds
        warm_at = self._began_at + self._job.warm_up_seconds
        for number in self._numbers:  # shared by all senders
            if self._job.per_second is not None:
                await asyncio.sleep(self._began_at + number / self._job.per_second - self._clock())
            sent_at = self._clock()
            if sent_at >= ends_at:
                return
            status = await connection.send(self._request(number))
            answered_at = self._clock()
            self._statuses[status] += 1
            if answered_at >= warm_at:
                self._milliseconds.append((answered_at - sent_at) * 1_000)


def renewed(request: bytes, mark: str, round_number: int) -> bytes:
    """The same request under keys of another round: of the same length, so that the head stays true."""
    other = f"{round_number:04x}{mark[4:]}"
    return request.replace(f'"{mark}-'.encode(), f'"{other}-'.encode())


def _requests(job: Job) -> list[bytes]:
    if not 0 < job.bodies <= BODIES_MAX:
        raise ValueError(f"between 1 and {BODIES_MAX} bodies are kept in memory")
    now = Clock().wall()
    size = job.events_per_request
    bodies = (
        event_body(job.mark, number, now, job.customers)
        if size == 1
        else batch_body(job.mark, number * size, size, now, job.customers)
        for number in range(job.bodies)
    )
    return [post_request(job.path, body, job.api_key) for body in bodies]


async def _main(job: Job) -> Outcome:
    return await _Run(job, _requests(job)).finish()


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_main(asked))))
