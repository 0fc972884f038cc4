"""The aggregator, asked for raw events below an invoice's cut and for how far it is, with a token that the invoicer signs for itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

import httpx
import msgspec

from usageflow_common.clock import instant_text
from usageflow_common.errors import InvalidCursor, Unavailable
from usageflow_common.tokens import Actor, Caller, TokenSigner
from usageflow_invoicer.domain.usage import Usage
from usageflow_invoicer.service.evidence import Question, Window, Windows
from usageflow_invoicer.service.progress import Counted

ISSUER: Final = "usageflow-invoicer"
AUDIENCE: Final = "aggregator"
_TIMEOUT_SECONDS: Final = 25.0
_RECOUNT_SECONDS: Final = 300.0
"""A line of some million events is read, and each of them hashed again, before the first byte of the answer."""
_ACTOR: Final = Actor("service", uuid5(UUID(int=0), ISSUER), ISSUER)


class _Window(msgspec.Struct, frozen=True, rename="camel"):
    window_start: datetime
    window_end: datetime
    value: str | None
    event_count: int
    digest: str


class _Recount(msgspec.Struct, frozen=True, rename="camel"):
    value: str | None
    event_count: int
    digest: str


class _Windows(_Recount, frozen=True, rename="camel"):
    windows: tuple[_Window, ...]
    next_cursor: str | None = None


class _Value(_Recount, frozen=True, rename="camel"):
    group: str


class _Values(msgspec.Struct, frozen=True):
    values: tuple[_Value, ...]


class _Events(msgspec.Struct, frozen=True, rename="camel"):
    data: tuple[msgspec.Raw, ...]
    next_cursor: str | None = None


class _PartitionProgress(msgspec.Struct, frozen=True, rename="camel"):
    partition: int
    next: int
    counted_through: datetime


class _Progress(msgspec.Struct, frozen=True):
    partitions: tuple[_PartitionProgress, ...]


class _Problem(msgspec.Struct, frozen=True):
    code: str


@dataclass(frozen=True, slots=True)
class Aggregator:
    """Raw events, recounted. Unavailable when the aggregator does not answer."""

    http: httpx.AsyncClient
    signer: TokenSigner

    async def recount(self, question: Question) -> Usage:
        """The usage of a range below the cut, every event hashed again."""
        path = "/internal/recompute"
        return _usage(await self._post(path, question.org_id, _question(question), _Recount, _RECOUNT_SECONDS))

    async def recount_values(self, question: Question, key: str) -> Mapping[str, Usage]:
        """The same of each value of a key that has any, from one reading of the events."""
        body = {**_question(question), "by": key}
        answer = await self._post("/internal/recompute/values", question.org_id, body, _Values, _RECOUNT_SECONDS)
        return {each.group: _usage(each) for each in answer.values}

    async def explain(self, question: Question, *, cursor: str | None, limit: int) -> Windows:
        """A page of a range's windows as they were at the cut. What changed since is counted again, which may take its time."""
        body = {**_question(question), "cursor": cursor, "limit": limit}
        answer = await self._post("/internal/windows", question.org_id, body, _Windows, _RECOUNT_SECONDS)
        page = [Window(w.window_start, w.window_end, _value(w.value), w.event_count, w.digest) for w in answer.windows]
        return Windows(_usage(answer), tuple(page), answer.next_cursor)

    async def events(
        self, question: Question, *, cursor: str | None, limit: int
    ) -> tuple[tuple[msgspec.Raw, ...], str | None]:
        """A page of the events themselves, in the aggregator's public shape, and the cursor of the next one."""
        body = {**_question(question), "cursor": cursor, "limit": limit}
        answer = await self._post("/internal/events", question.org_id, body, _Events)
        return answer.data, answer.next_cursor

    async def progress(self) -> list[Counted]:
        """How far each partition is counted; without those of which nothing is known yet."""
        try:
            response = await self.http.get("/internal/progress", headers=self._headers(UUID(int=0)))
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable("The aggregator does not tell how far it is.") from error
        told = msgspec.json.decode(response.content, type=_Progress)
        return [Counted(each.partition, each.next, each.counted_through) for each in told.partitions]

    async def _post(
        self, path: str, org_id: UUID, body: Mapping[str, Any], kind: type[Any], seconds: float = _TIMEOUT_SECONDS
    ) -> Any:
        try:
            response = await self.http.post(
                path,
                content=msgspec.json.encode(body),
                headers=self._headers(org_id) | {"Content-Type": "application/json"},
                timeout=httpx.Timeout(_TIMEOUT_SECONDS, read=seconds),
            )
            if response.status_code == 400 and _cursor_refused(response.content):
                raise InvalidCursor("The cursor is not one of ours.")
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable("The raw events cannot be read right now.") from error
        return msgspec.json.decode(response.content, type=kind)

    def _headers(self, org_id: UUID) -> dict[str, str]:
        caller = Caller(org_id, _ACTOR, None, frozenset({"events:read", "usage:read"}), ISSUER)
        return {"Authorization": f"Bearer {self.signer.sign(caller, AUDIENCE)}"}


@asynccontextmanager
async def connect(url: str, private_key: bytes, key_id: str) -> AsyncIterator[Aggregator]:
    """A client with connections of its own, closed at the end."""
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_SECONDS) as http:
        yield Aggregator(http, TokenSigner(private_key, key_id, ISSUER))


def _cursor_refused(problem: bytes) -> bool:
    """Whether it is the caller's cursor that the aggregator could not read: it is passed on as it came."""
    return msgspec.json.decode(problem, type=_Problem).code == InvalidCursor.code


def _value(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _usage(found: _Recount) -> Usage:
    return Usage(found.event_count, _value(found.value), int(found.digest, 16))


def _question(question: Question) -> dict[str, Any]:
    return {
        "metricId": str(question.metric_id),
        "customerId": question.customer_id,
        "from": instant_text(question.start_at),
        "to": instant_text(question.end_at),
        "group": {} if question.group is None else {question.group.property: question.group.value},
        "cut": {str(partition): offset for partition, offset in sorted(question.cut.items())},
    }
