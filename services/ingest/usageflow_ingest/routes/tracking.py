"""Sending events: plain routes on the raw body, since every microsecond here is paid a hundred thousand times a second."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usageflow_common.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    InsufficientScope,
    MalformedRequest,
    Unauthenticated,
    UnsupportedMediaType,
    UsageflowError,
)
from usageflow_common.http import authenticated, body_chunks, json_response, media_type, problem_of, read_body
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.tokens import Caller
from usageflow_ingest.domain.cloudevents import read_cloud_event
from usageflow_ingest.domain.naming import Line, Read, read_sent, receive_members, receive_single
from usageflow_ingest.domain.outcomes import Arrival, Refused, Unreadable
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX
from usageflow_ingest.routes.batch_bodies import BATCH_BYTES_MAX, split_batch, split_cloud_batch, split_lines
from usageflow_ingest.routes.receipts import Tally, receipt, refusal, resumable
from usageflow_ingest.service.tracking import Tracking

SCOPE: Final = "track:write"
BACKFILL_SCOPE: Final = "events:write"
_JSON: Final = "application/json"
_NDJSON: Final = "application/x-ndjson"
_CLOUD_EVENT: Final = "application/cloudevents+json"
_CLOUD_BATCH: Final = "application/cloudevents-batch+json"
_READ: Final[Mapping[str, Read]] = {_JSON: read_sent, _CLOUD_EVENT: read_cloud_event}
"""How a single event is read, by its content type."""

_PART_EVENTS: Final = 1_000
_PART_BYTES: Final = 2 * 2**20
"""A request is worked off in parts of so many events or bytes: the next is read when Kafka has the one before.

A part is far smaller than what one organization may have in the funnel: no request is so large that it can never be accepted.
"""
_BATCH_SECONDS_MAX: Final = 25
"""For a batch whose length is known: the answer, with `resumeFrom`, comes before whoever waits for it gives up."""


async def track(request: Request) -> Response:
    """POST /api/track: one event. 202 after Kafka has it with all in-sync replicas."""
    caller = _sender(request)
    read = _reader(media_type(request))
    arrival = _single(caller, await read_body(request, EVENT_BYTES_MAX), request.state.idempotency_key, read)
    request.state.idempotency_key = arrival.idempotency_key
    [verdict] = await _tracking(request).accept(caller, [arrival], request.state.request_id)
    if isinstance(verdict, Refused):
        raise refusal(verdict)
    return json_response(receipt(arrival), status=202)


async def track_batch(request: Request) -> Response:
    """POST /api/track/batch: many events. The bad ones are listed; the good ones are with all in-sync replicas."""
    return await _take_many(request, _sender(request))


async def track_backfill(request: Request) -> Response:
    """POST /api/backfills/{backfillId}/events: as a batch, with times in the backfill's range; reverted together with it.

    Whether the backfill is open is the gateway's question to the aggregator: only its token for this backfill opens the route.
    """
    caller = _sender(request, BACKFILL_SCOPE)
    named = parse_public_id(Prefix.BACKFILL, request.path_params["backfill_id"])
    if caller.backfill is None or caller.backfill.id != named:
        raise Unauthenticated("The token is not for this backfill.")
    return await _take_many(request, caller)


async def _take_many(request: Request, caller: Caller) -> Response:
    seconds_max: int | None = _BATCH_SECONDS_MAX
    read: Read = read_sent
    match media_type(request):
        case "application/json":
            parts = _batch_parts(split_batch(await read_body(request, BATCH_BYTES_MAX)))
        case "application/cloudevents-batch+json":
            parts, read = _batch_parts(split_cloud_batch(await read_body(request, BATCH_BYTES_MAX))), read_cloud_event
        case "application/x-ndjson":
            parts, seconds_max = _in_parts(split_lines(body_chunks(request))), None
        case _:
            raise UnsupportedMediaType(f"Send {_JSON}, {_NDJSON} or {_CLOUD_BATCH}.")
    key: str = request.state.idempotency_key
    tally = Tally()
    try:
        async with _deadline(seconds_max):
            async for part in parts:
                arrivals = receive_members(caller.org_id, part, key, tally.total, read)
                tally.add(arrivals, await _tracking(request).accept(caller, arrivals, request.state.request_id))
    except UsageflowError as failure:
        # before the first part is in, a refusal of the whole request left nothing behind
        raise (resumable(failure, tally.total) if failure.status >= 500 or tally.total else failure) from failure
    return json_response(tally.receipt(key), status=202)


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    content_type: str
    idempotency_key: str
    request_id: str
    body: str


_ITEMS: Final = msgspec.json.Decoder(list[_Item])


async def track_together(request: Request) -> Response:
    """POST /internal/track: single events of one caller that met at the gateway; each is answered as if it had come alone."""
    caller = _sender(request)
    try:
        items = _ITEMS.decode(await read_body(request, BATCH_BYTES_MAX))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedRequest("The body is not a list of events.") from error
    received = [_receive(caller, item) for item in items]
    arrivals = [arrival for arrival in received if isinstance(arrival, Arrival)]
    outcomes = iter(await _outcomes(request, caller, arrivals))
    answers = []
    for item, arrival in zip(items, received, strict=True):
        if isinstance(arrival, Arrival):
            answers.append(_answer(next(outcomes), item, arrival.idempotency_key))
        else:
            answers.append(_answer(arrival, item, item.idempotency_key))
    return json_response(answers)


TRACKING_ROUTES: Final = (
    Route("/api/track", track, methods=["POST"]),
    Route("/api/track/batch", track_batch, methods=["POST"]),
    Route("/api/backfills/{backfill_id}/events", track_backfill, methods=["POST"]),
    Route("/internal/track", track_together, methods=["POST"]),
)


def _tracking(request: Request) -> Tracking:
    tracking: Tracking = request.state.tracking
    return tracking


def _sender(request: Request, scope: str = SCOPE) -> Caller:
    """The caller, who may send events; every problem of the request names the key under which to send them again."""
    caller = authenticated(request)
    if not caller.may(scope):
        raise InsufficientScope(scope)
    request.state.idempotency_key = caller.idempotency_key or str(uuid.uuid4())
    return caller


def _reader(content_type: str) -> Read:
    read = _READ.get(content_type)
    if read is None:
        raise UnsupportedMediaType(f"Send {_JSON} or {_CLOUD_EVENT}.")
    return read


def _single(caller: Caller, raw: bytes, request_key: str, read: Read) -> Arrival:
    arrival = receive_single(caller.org_id, raw, request_key, read)
    if isinstance(arrival, Unreadable):
        raise MalformedRequest(arrival.detail)
    return arrival


async def _outcomes(
    request: Request, caller: Caller, arrivals: Sequence[Arrival]
) -> list[UsageflowError | dict[str, Any]]:
    """One for each arrival: its receipt, or its problem; a failure of all is the problem of each."""
    try:
        verdicts = await _tracking(request).accept(caller, arrivals, request.state.request_id)
    except UsageflowError as failure:
        return [failure] * len(arrivals)
    judged = zip(arrivals, verdicts, strict=True)
    return [refusal(verdict) if isinstance(verdict, Refused) else receipt(arrival) for arrival, verdict in judged]


def _receive(caller: Caller, item: _Item) -> Arrival | UsageflowError:
    raw = item.body.encode("utf-8")
    if len(raw) > EVENT_BYTES_MAX:
        return BodyTooLarge(f"At most {EVENT_BYTES_MAX} bytes.")
    try:
        read = _reader(item.content_type.partition(";")[0].strip().lower())
        return _single(caller, raw, item.idempotency_key, read)
    except (MalformedRequest, UnsupportedMediaType) as failure:
        return failure


def _answer(outcome: UsageflowError | dict[str, Any], item: _Item, idempotency_key: str) -> dict[str, Any]:
    if isinstance(outcome, UsageflowError):
        problem = problem_of(outcome, instance="/api/track", request_id=item.request_id)
        return {"status": outcome.status, "body": problem | {"idempotencyKey": idempotency_key}}
    return {"status": 202, "body": outcome}


async def _batch_parts(events: Sequence[bytes]) -> AsyncIterator[Sequence[Line]]:
    lines = [Line(event[:EVENT_BYTES_MAX], len(event) <= EVENT_BYTES_MAX) for event in events]
    if len(lines) <= _PART_EVENTS and sum(map(len, events)) <= _PART_BYTES:
        yield lines
        return
    async for part in _in_parts(_each(lines)):
        yield part


async def _each(lines: Sequence[Line]) -> AsyncIterator[Line]:
    for line in lines:
        yield line


@asynccontextmanager
async def _deadline(seconds: int | None) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise DeadlineExceeded("The events were not acknowledged in time: retry with the same key.") from error


async def _in_parts(lines: AsyncIterator[Line]) -> AsyncIterator[Sequence[Line]]:
    part: list[Line] = []
    size = 0
    async for line in lines:
        part.append(line)
        size += len(line.raw)
        if len(part) == _PART_EVENTS or size >= _PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
