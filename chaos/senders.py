"""The senders: streams through the client library, and callers of one event at a time who may lose patience. They keep the books."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

import httpx

from chaos.books import Books, Content
from chaos.timeline import Timeline
from chaos.traffic import Contradicting, Fresh, Repeated, Traffic, Utterance
from usageflow import AsyncUsageFlow, Options, RejectedEvent, Settled, UsageFlowError
from usageflow_common.money import decimal_text

STREAMS: Final = 3
SINGLES: Final = 3
_TICK_SECONDS: Final = 0.1
_SINGLE_PAUSE_SECONDS: Final = 0.15
_SINGLE_SECONDS_MAX: Final = 4.0
_TRIES: Final = 4
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Scene:
    """What every sender needs. `elapsed`: seconds since the storm began."""

    url: str
    api_key: str
    seed: int
    today: datetime
    books: Books
    timeline: Timeline
    elapsed: Callable[[], float]


class Stream:
    """One user of the client library: at so many events a second, whatever happens; the library repeats what it must."""

    def __init__(self, scene: Scene, number: int, rate: float) -> None:
        self._books = scene.books
        self._traffic = Traffic(f"{scene.seed}/stream/{number}", scene.today)
        self._keys = (f"{scene.seed}-stream{number}-{index}" for index in count())
        self._rate = rate
        self._waiting: deque[tuple[str, Content]] = deque()
        options = Options(
            batch_events=200, linger_seconds=0.1, queue_events=50_000, request_seconds=15.0, trust_env=False
        )
        self.client = AsyncUsageFlow(scene.url, scene.api_key, on_settled=self._settled, options=options)

    async def run(self) -> None:
        """Until cancelled."""
        owed = 0.0
        clock = asyncio.get_running_loop().time
        at = clock()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = clock()
            owed, at = min(owed + (now - at) * self._rate, self._rate), now
            while owed >= 1:
                owed -= 1
                await self._say(self._traffic.next())

    async def finish(self, seconds: float) -> None:
        """Send what is queued until all of it is settled. Raises UsageFlowError when that takes longer."""
        await self.client.close(seconds)

    async def _say(self, utterance: Utterance) -> None:
        spoken = spoken_by(self._books, self._keys, utterance)
        if spoken is None:
            return
        key, content = spoken
        self._books.send(key, content)
        # Appended first: the library may settle it before `track` returns.
        self._waiting.append(spoken)
        try:
            await self.client.track(
                content.metric,
                content.customer_id,
                content.amount,
                timestamp=content.occurred_at,
                properties=dict(content.properties),
                idempotency_key=key,
            )
        except UsageFlowError as error:
            self._waiting.pop()
            self._books.surprise(f"track: {error}")

    def _settled(self, settled: Settled) -> None:
        rejected: dict[int, RejectedEvent] = {each.index: each for each in settled.rejected}
        for index in range(settled.count):
            key, content = self._waiting.popleft()
            if index in rejected:
                self._books.refuse(key, rejected[index].code)
            else:
                self._books.acknowledge(key, content)


class Single:
    """One caller of POST /api/track. After a few tries it gives up, and never learns what became of its event."""

    def __init__(self, scene: Scene, number: int) -> None:
        self._scene = scene
        self._books = scene.books
        self._traffic = Traffic(f"{scene.seed}/single/{number}", scene.today)
        self._keys = (f"{scene.seed}-single{number}-{index}" for index in count())
        headers = {"Authorization": f"Bearer {scene.api_key}"}
        self._http = httpx.AsyncClient(
            base_url=scene.url, headers=headers, timeout=_SINGLE_SECONDS_MAX, trust_env=False
        )

    async def run(self) -> None:
        """Until cancelled; an event that is on its way then stays unknown."""
        async with self._http:
            while True:
                spoken = spoken_by(self._books, self._keys, self._traffic.next())
                if spoken is not None:
                    await self._send(*spoken)
                await asyncio.sleep(_SINGLE_PAUSE_SECONDS)

    async def _send(self, key: str, content: Content) -> None:
        self._books.send(key, content)
        for _ in range(_TRIES):
            try:
                response = await self._http.post("/api/track", json=_body(content), headers={"Idempotency-Key": key})
            except httpx.TransportError as error:
                self._books.again[type(error).__name__] += 1
                await asyncio.sleep(_SINGLE_PAUSE_SECONDS)
                continue
            match response.status_code:
                case 202:
                    self._books.acknowledge(key, content)
                    self._scene.timeline.answered(self._scene.elapsed())
                    return
                case 422:
                    self._books.refuse(key, str(response.json().get("code")))
                    return
                case status if status in _TRY_AGAIN:
                    self._books.again[f"{status} {response.json().get('code')}"] += 1
                    await asyncio.sleep(_SINGLE_PAUSE_SECONDS)
                case status:
                    self._books.surprise(f"POST /api/track: {status} {response.text[:200]}")
                    return


def spoken_by(books: Books, keys: Any, utterance: Utterance) -> tuple[str, Content] | None:
    """The key and what it says now; None when there is nothing yet that could be repeated."""
    match utterance:
        case Fresh(content=content):
            return next(keys), content
        case Repeated(choice=choice) | Contradicting(choice=choice):
            key = books.some_acknowledged(choice)
            if key is None:
                return None
            first = books.entries[key].contents[0]
            if isinstance(utterance, Repeated):
                return key, first
            return key, Content(first.metric, first.customer_id, utterance.amount, first.occurred_at, first.properties)


def _body(content: Content) -> dict[str, object]:
    return {
        "metric": content.metric,
        "customerId": content.customer_id,
        "amount": decimal_text(content.amount),
        "timestamp": content.occurred_at.isoformat(),
        "properties": dict(content.properties),
    }
