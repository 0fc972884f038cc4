"""Every request of the API passes here: admitted, given a token for its service, and sent on as its route says."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, assert_never

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from usageflow_common.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    FieldError,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    MalformedRequest,
    Unavailable,
    ValidationFailed,
)
from usageflow_common.http import CONTROL_BODY_BYTES_MAX, media_type, read_body
from usageflow_common.idempotency_keys import InvalidKey, header_of, read_key
from usageflow_common.ids import new_key, operation_id
from usageflow_common.tokens import Caller, TokenSigner
from usageflow_gateway.access import Access, Admitted, Entered, Refused
from usageflow_gateway.backfills import OpenBackfills
from usageflow_gateway.client import Outbound, ServiceClient
from usageflow_gateway.domain.fingerprint import fingerprint
from usageflow_gateway.domain.headers import Header, request_headers, traceparent
from usageflow_gateway.domain.paths import join_path
from usageflow_gateway.domain.routing import KeyRule, Plane, Service
from usageflow_gateway.lanes import Answered, EventLanes, SingleEvent, Unanswered
from usageflow_gateway.people_door import person_of
from usageflow_gateway.proxy import Deadline, forward, unless_client_leaves, while_connected
from usageflow_gateway.rate_limits import RateGate
from usageflow_gateway.refusals import Refusals
from usageflow_gateway.service.sessions import Origin
from usageflow_gateway.shares import Shares
from usageflow_gateway.upload import BATCH_BYTES_MAX, Upload, client_left

EVENT_BYTES_MAX: Final = 16 * 1024
_NDJSON: Final = "application/x-ndjson"
_BACKFILL_SEGMENT: Final = 2
"""/api/backfills/{backfillId}/events"""
_CONTENT_TYPE_MAX: Final = 255
_USER_AGENT_MAX: Final = 500
_FORBIDDEN: Final = 403
_UNTOLD: Final = "forbidden"
_WHOLE_BYTES_MAX: Final = 128 * 1024


class _Problem(msgspec.Struct, frozen=True):
    code: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: until a service answers, and of silence on a stream of events. How many requests of an organization a service gets at once."""

    forward_seconds: float
    stream_idle_seconds: float
    requests_per_organization: int
    patience_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Clients:
    """Streams of events, which may last, have connections of their own: they never take those of the control plane."""

    control: ServiceClient
    streams: ServiceClient


@dataclass(frozen=True, slots=True)
class _Matched:
    """What metrics count a proxied request under."""

    path: str


class Dispatcher:
    """Takes every request but those for health, metrics and the API's description."""

    def __init__(
        self,
        access: Access,
        clients: Clients,
        signer: TokenSigner,
        lanes: EventLanes,
        backfills: OpenBackfills,
        *,
        limits: Limits,
        gate: RateGate,
        refusals: Refusals,
    ) -> None:
        self._access = access
        self._clients = clients
        self._signer = signer
        self._lanes = lanes
        self._backfills = backfills
        self._limits = limits
        self._gate = gate
        self._refusals = refusals
        self._commands = Shares(limits.requests_per_organization, patience_seconds=limits.patience_seconds)
        self._streams = Shares(limits.requests_per_organization, patience_seconds=limits.patience_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, *, own: ASGIApp) -> None:
        """One request; failures are raised. `own` answers what is the gateway's, with `state.admitted`."""
        request = Request(scope, receive)
        request.state.origin = Origin(self._access.address_of(request), _user_agent(request))
        admitted = await self._admit(request)
        if isinstance(admitted, Entered):
            request.state.entered = admitted
            if admitted.session is None or admitted.route.key_rule is KeyRule.IGNORED:
                await own(scope, receive, send)
            else:
                person = Admitted(admitted.route, admitted.segments, person_of(admitted.session), admitted.session)
                await self._own(request, person, send, own)
            return
        rates = self._gate.take(admitted.caller, admitted.route)
        send = self._telling(request, admitted, rates, send)
        if admitted.route.service is Service.GATEWAY:
            await self._own(request, admitted, send, own)
            return
        scope["route"] = _Matched(admitted.route.pattern)
        match admitted.route.plane:
            case Plane.CONTROL:
                await self._control(request, admitted, send)
            case Plane.EVENT:
                await self._event(request, admitted, send)
            case Plane.EVENTS | Plane.BACKFILL:
                await self._events(request, admitted, send)
            case _ as never:
                assert_never(never)

    async def _admit(self, request: Request) -> Admitted | Entered:
        try:
            return await self._access.admit(request)
        except Refused as refused:
            action = f"{refused.route.method} {refused.route.pattern}"
            state = request.state
            self._refusals.note(refused.caller, action, refused.problem.code, state.origin, state.request_id)
            raise refused.problem from None

    def _telling(self, request: Request, admitted: Admitted, rates: tuple[Header, ...], send: Send) -> Send:
        """Every answer tells what is left of the caller's rate; a refusal by a service is gathered for the audit log."""

        refused = False

        async def telling(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = message["status"] == _FORBIDDEN
                message = {**message, "headers": [*message["headers"], *rates]}
            elif refused:
                refused, state = False, request.state
                action = f"{admitted.route.method} {admitted.route.pattern}"
                code = _code_of(message.get("body", b""))
                self._refusals.note(admitted.caller, action, code, state.origin, state.request_id)
            await send(message)

        return telling

    async def _own(self, request: Request, admitted: Admitted, send: Send, own: ASGIApp) -> None:
        """What the gateway answers itself: a change is fingerprinted as any other, so its body is read first and handed on."""
        request.state.admitted = admitted
        if admitted.route.method == "GET":
            await own(request.scope, request.receive, send)
            return
        body = await self._read_body(request)
        caller, _ = self._operation(request, admitted, body)
        request.state.admitted = dataclasses.replace(admitted, caller=caller)
        given = iter(({"type": "http.request", "body": body, "more_body": False},))

        async def receive() -> Message:
            return next(given, None) or await request.receive()

        await own(request.scope, receive, send)

    async def _control(self, request: Request, admitted: Admitted, send: Send) -> None:
        """Read whole, since its fingerprint covers every byte; the outcome hangs on the token's operation id."""
        body = await self._read_body(request)
        caller, key = self._operation(request, admitted, body)
        target = _target(request, admitted)
        outbound = self._outbound(request, admitted, caller=caller, key=key, target=target, body=body or None)

        async def work() -> None:
            async with self._commands.one_of(caller.org_id, admitted.route.service):
                await forward(self._clients.control, outbound, send, Deadline(self._limits.forward_seconds))

        await while_connected(work(), client_left(request.receive))

    async def _read_body(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self._limits.forward_seconds):
                return await _read_raw(request, CONTROL_BODY_BYTES_MAX)
        except TimeoutError as error:
            raise DeadlineExceeded("The body did not arrive in time.") from error

    def _operation(self, request: Request, admitted: Admitted, body: bytes) -> tuple[Caller, str | None]:
        """The caller with what belongs to this one operation, and its Idempotency-Key."""
        key = _idempotency_key(request, admitted.route.key_rule)
        origin: Origin = request.state.origin
        caller = dataclasses.replace(
            admitted.caller, request_id=request.state.request_id, ip=origin.ip, user_agent=origin.user_agent
        )
        if key is None:
            return caller, None
        target = _target(request, admitted)
        caller = dataclasses.replace(
            caller,
            operation_id=operation_id(caller.org_id, request.method, join_path(admitted.segments), key),
            fingerprint=fingerprint(request.method, target, request.headers.get("content-type", ""), body),
            idempotency_key=key,
        )
        return caller, key

    async def _event(self, request: Request, admitted: Admitted, send: Send) -> None:
        """One event joins a micro-batch; its answer is ingest's."""
        key = _events_key(request, admitted)
        _refuse_query(request)
        body = await read_body(request, EVENT_BYTES_MAX)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedRequest("The body is not valid UTF-8.") from error
        content_type = request.headers.get("content-type", "")[:_CONTENT_TYPE_MAX]
        event = SingleEvent(content_type, key, request.state.request_id, text)
        fate = self._lanes.submit(admitted.caller, event)
        match await unless_client_leaves(fate, request):
            case Answered(status, answered):
                await _send_event_answer(send, status, answered, key)
            case Unanswered(detail, timed_out):
                raise (DeadlineExceeded if timed_out else Unavailable)(detail)
            case _ as never:
                assert_never(never)

    async def _events(self, request: Request, admitted: Admitted, send: Send) -> None:
        """Many events stream through; NDJSON of any length, as long as it makes progress, everything else in the time of a request."""
        key = _events_key(request, admitted)
        caller = admitted.caller
        if admitted.route.plane is Plane.BACKFILL:
            backfill_id = admitted.segments[_BACKFILL_SEGMENT]
            caller = await self._backfills.granted(caller, backfill_id, request.state.request_id)
        endless = media_type(request) == _NDJSON
        limit_bytes = None if endless else BATCH_BYTES_MAX
        _refuse_declared_length(request, limit_bytes)
        deadline = Deadline(self._limits.stream_idle_seconds if endless else self._limits.forward_seconds)
        upload = Upload(request.receive, limit_bytes=limit_bytes, progressed=deadline.progressed if endless else None)
        body: bytes | AsyncIterator[bytes] = upload.pieces()
        if not endless and 0 < _declared_length(request) <= _WHOLE_BYTES_MAX:
            body = await _read_whole(upload, self._limits.forward_seconds)
        outbound = self._outbound(
            request,
            admitted,
            caller=caller,
            key=key,
            target=_target(request, admitted),
            body=body,
        )
        named = (b"idempotency-key", header_of(key).encode("ascii"))

        async def work() -> None:
            async with self._streams.one_of(caller.org_id, admitted.route.service):
                await forward(self._clients.streams, outbound, send, deadline, extra=(named,))

        try:
            await while_connected(work(), upload.client_left())
        except Unavailable as error:
            raise upload.failure or error from error

    def _outbound(
        self,
        request: Request,
        admitted: Admitted,
        *,
        caller: Caller,
        key: str | None,
        target: str,
        body: bytes | AsyncIterator[bytes] | None,
    ) -> Outbound:
        """What the service gets: the client's harmless headers and ours."""
        token = self._signer.sign(caller, admitted.route.service)
        headers: list[Header] = [
            *request_headers(request.scope["headers"]),
            (b"authorization", b"Bearer " + token.encode("ascii")),
            (b"x-request-id", request.state.request_id.encode("ascii")),
        ]
        if key is not None:
            headers.append((b"idempotency-key", header_of(key).encode("ascii")))
        trace = traceparent(request.headers.getlist("traceparent"))
        if trace is not None:
            headers.append((b"traceparent", trace.encode("ascii")))
        return Outbound(admitted.route.service, request.method, target, tuple(headers), body)


def _code_of(problem: bytes) -> str:
    """The code of a problem, as far as its first piece tells."""
    try:
        return msgspec.json.decode(problem, type=_Problem).code
    except msgspec.MsgspecError:
        return _UNTOLD


def _user_agent(request: Request) -> str | None:
    return request.headers.get("user-agent", "")[:_USER_AGENT_MAX] or None


def _idempotency_key(request: Request, rule: KeyRule) -> str | None:
    """The key as the route's rule reads it."""
    if rule is KeyRule.IGNORED:
        return None
    match read_key(request.headers.getlist("idempotency-key")):
        case InvalidKey():
            raise IdempotencyKeyInvalid("An Idempotency-Key has 1 to 255 printable ASCII characters and is sent once.")
        case None if rule is KeyRule.REQUIRED:
            raise IdempotencyKeyRequired("Send an Idempotency-Key, and the same one when you repeat this request.")
        case key:
            return key


def _events_key(request: Request, admitted: Admitted) -> str:
    """What events without a key of their own are named by. Every problem of the request tells it: the same key must be sent again."""
    key = _idempotency_key(request, admitted.route.key_rule) or new_key()
    request.state.idempotency_key = key
    return key


def _refuse_query(request: Request) -> None:
    """A micro-batch has no place for one."""
    names = sorted(set(request.query_params)) if request.scope["query_string"] else []
    if names:
        raise ValidationFailed.of(
            *(FieldError(f"query.{name}", "unknown_field", "Unknown parameter") for name in names[:100])
        )


def _target(request: Request, admitted: Admitted) -> str:
    """Path and query for the service: the path written anew, the query as it came."""
    query: bytes = request.scope.get("query_string", b"")
    path = join_path(admitted.segments)
    return f"{path}?{query.decode('latin-1')}" if query else path


def _declared_length(request: Request) -> int:
    """0 when none was declared."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _refuse_declared_length(request: Request, limit_bytes: int | None) -> None:
    if limit_bytes is not None and _declared_length(request) > limit_bytes:
        raise BodyTooLarge(f"At most {limit_bytes} bytes.")


async def _read_whole(upload: Upload, seconds: float) -> bytes:
    """A body so small that to send it on piece by piece costs more than to hold it."""
    try:
        async with asyncio.timeout(seconds):
            return b"".join([piece async for piece in upload.pieces()])
    except TimeoutError as error:
        raise DeadlineExceeded("The body did not arrive in time.") from error


async def _read_raw(request: Request, limit_bytes: int) -> bytes:
    """The body as sent, packed or not: the fingerprint is over these bytes; the service unpacks them and checks its own limit."""
    _refuse_declared_length(request, limit_bytes)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit_bytes:
            raise BodyTooLarge(f"At most {limit_bytes} bytes.")
    return bytes(body)


async def _send_event_answer(send: Send, status: int, body: bytes, key: str) -> None:
    media = b"application/json" if status < 400 else b"application/problem+json"
    headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", media),
        (b"idempotency-key", header_of(key).encode("ascii")),
    ]
    if status in {429, 503}:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
