"""A whole gateway on a real port, in front of a real HTTP server that records what it gets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from usageflow_common.clock import Clock
from usageflow_common.http.protocol import BoundedProtocol
from usageflow_common.testing import ServiceDatabase, eventually
from usageflow_gateway.app import build_app
from usageflow_gateway.service import keys as key_service
from usageflow_gateway.service import organizations as organization_service
from usageflow_gateway.settings import GatewaySettings
from usageflow_gateway.tables import SCHEMA

sys.path.insert(0, str(Path(__file__).parent))
PEPPER = b"a pepper for tests, 32 bytes long"


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the service saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Recorder:
    """A service behind the gateway: records whole requests, answers as told, and knows who left."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Answer | None = None
    left: int = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            self.left += 1
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if self.answer is not None and (answered := await self.answer(request)) is not None:
            return answered
        body = await request.body()
        query = request.scope["query_string"].decode()
        target = request.scope["raw_path"].decode() + (f"?{query}" if query else "")
        headers = {name: value for name, value in request.headers.items()}  # noqa: C416 - the last of equal names
        self.received.append(Received(request.method, target, headers, body))
        if request.url.path == "/internal/track":
            answers = [
                {
                    "status": 202,
                    "body": {"status": "accepted", "eventId": "e", "idempotencyKey": event["idempotencyKey"]},
                }
                for event in json.loads(body)
            ]
            return Response(json.dumps(answers), media_type="application/json")
        return Response(
            b'{"seen":true}',
            headers={"ETag": '"7"', "X-Private": "1", "Connection": "x-private"},
            media_type="application/json",
        )


class QuietServer(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


@contextlib.asynccontextmanager
async def served(app):
    """The application on a port of its own; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    # uvloop, which serves in earnest, does it by itself; asyncio looks for a protocol number that such a listener does not have
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = QuietServer(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            log_config=None,
            lifespan="auto",
            timeout_graceful_shutdown=1,
            server_header=False,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await eventually(lambda: server.started or serving.done())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@dataclass(slots=True)
class Gateway:
    """What a test holds in its hands."""

    url: str
    service: Recorder
    http: aiohttp.ClientSession
    database: ServiceDatabase
    settings: GatewaySettings
    org_id: object = None
    secret: str = ""

    async def key(self, scopes: str = "*", *, org_id=None):
        """A new key of the organization."""
        return await key_service.create_key(
            self.database.engine,
            Clock(),
            org_id=org_id or self.org_id,
            name="test",
            scopes=scopes,
            pepper=self.settings.key_pepper,
        )

    async def send(self, method, path, *, secret=None, headers=None, **arguments):
        """One request; returns status, headers and body."""
        credentials = {"Authorization": f"Bearer {secret or self.secret}"}
        async with self.http.request(
            method, self.url + path, headers={**credentials, **(headers or {})}, **arguments
        ) as response:
            return response.status, response.headers, await response.read()


def settings_of(database, token_keys, bus_settings, url, **changes) -> GatewaySettings:
    """Settings with every service at one address."""
    encode = base64.b64encode
    values = {
        **bus_settings.model_dump(),
        "database_url": database.url,
        "port": 1,
        "token_public_keys": token_keys.setting,
        "token_private_key": encode(token_keys.private_keys["usageflow-gateway"]),
        "token_key_id": token_keys.key_id,
        "cursor_secret": encode(secrets.token_bytes(32)),
        "key_pepper": encode(PEPPER),
        "auth_attempts_per_minute": 1_000,
        "rate_api": 100_000,
        "rate_track": 1_000_000,
        "ingest_url": url,
        "aggregator_url": url,
        "invoicer_url": url,
        "webhooks_url": url,
    }
    return GatewaySettings(**{**values, **changes})


@pytest.fixture(scope="module")
async def database(service_database) -> ServiceDatabase:
    return await service_database(SCHEMA)


@pytest.fixture(scope="module")
def open_gateway(database, token_keys, bus_settings):
    """`async with open_gateway(setting=…) as gateway`: one more gateway on the module's database."""

    @contextlib.asynccontextmanager
    async def opened(**changes):
        recorder = Recorder()
        async with served(recorder) as recorder.url:
            settings = settings_of(database, token_keys, bus_settings, recorder.url, **changes)
            jar = aiohttp.DummyCookieJar()
            async with served(build_app(settings)) as url, aiohttp.ClientSession(cookie_jar=jar) as http:
                gateway = Gateway(url, recorder, http, database, settings)
                founded = await organization_service.create_organization(
                    database.engine, Clock(), name="Acme", mode="live", owner_email=None
                )
                gateway.org_id = founded.organization.org_id
                gateway.secret = (await gateway.key()).secret
                await eventually(lambda: is_ready(gateway))
                yield gateway

    return opened


async def is_ready(gateway: Gateway) -> bool:
    async with gateway.http.get(f"{gateway.url}/ready") as response:
        return response.status == 200


@pytest.fixture(scope="module")
async def gateway(open_gateway):
    async with open_gateway() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _fresh_recorder(request):
    if "gateway" in request.fixturenames:
        recorder = request.getfixturevalue("gateway").service
        recorder.received.clear()
        recorder.answer = None
        recorder.left = 0


@pytest.fixture(scope="module")
def environment(database, bus_settings):
    return {
        "USAGEFLOW_DATABASE_URL": database.url,
        "USAGEFLOW_KAFKA_BOOTSTRAP": bus_settings.kafka_bootstrap,
        "USAGEFLOW_TOPIC_PREFIX": bus_settings.topic_prefix,
        "USAGEFLOW_EVENT_PARTITIONS": str(bus_settings.event_partitions),
        "USAGEFLOW_KEY_PEPPER": base64.b64encode(PEPPER).decode(),
    }


@pytest.fixture(scope="module")
def run(environment):
    """`await run("org", "create", …)`: exit code, output and complaints."""

    async def command(*arguments, typed="", **changes):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "usageflow_gateway",
            *arguments,
            env={**environment, **changes},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate(typed.encode())
        return process.returncode, out.decode(), err.decode()

    return command
