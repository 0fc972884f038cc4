"""TLS towards a pinned address: the certificate must be for the name in the URL, not for where it resolved to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from certificates import NAME, write_certificate
from receiver import Receiver
from webhooks_tenant import LOCAL

from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.resolver import Resolver


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    opened = Resolver(LOCAL, lookup=lambda _host, _port: [ip_address("127.0.0.1")])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("host", "trusted", "result"),
    [(NAME, True, "204"), ("other.example", True, "tls"), (NAME, False, "tls"), ("127.0.0.1", True, "tls")],
)
async def test_the_certificate_must_be_for_the_name(
    host: str, result: str, certificate: Path, resolver: Resolver, *, trusted: bool
):
    receiver = Receiver()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=serving)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with DeliveryClient(resolver, authorities=certificate if trusted else None) as client:
            exchange = await client.send(f"https://{host}:{port}/hook", {}, b"{}")
    answer = exchange.answer
    assert result == (str(answer.status) if hasattr(answer, "status") else answer.code)
    if result == "204":
        assert receiver.at("/hook")[0].headers["host"] == f"{NAME}:{port}"
    else:
        assert receiver.received == []
