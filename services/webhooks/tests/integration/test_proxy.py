"""Through a proxy: it is told the vetted address, TLS is with the receiver, and what is refused never reaches it."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from certificates import NAME, write_certificate
from receiver import Receiver
from webhooks_tenant import LOCAL

from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.tunnel import Proxy, TunnelConnector, parse_proxy

SIGNED_IN = "Basic dXNlcjpwQHNz"


@dataclass(slots=True)
class Tunnels:
    """A proxy that knows CONNECT, and what it was asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n"

    @property
    def proxy(self) -> Proxy:
        return parse_proxy(f"http://user:p%40ss@127.0.0.1:{self.port}")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split("\r\n")[0])
        assert f"Proxy-Authorization: {SIGNED_IN}\r\n" in head
        host, _, port = head.split(" ")[1].rpartition(":")
        try:
            there, back = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return writer.close()
        writer.write(self.answer)
        if not self.answer.startswith(b"HTTP/1.1 200"):
            back.close()
            return writer.close()
        with suppress(ConnectionError):
            await asyncio.gather(copy(reader, back), copy(there, writer))
        return None


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.close()


@pytest.fixture
async def tunnels() -> AsyncIterator[Tunnels]:
    opened = Tunnels()
    server = await asyncio.start_server(opened.serve, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    yield opened
    server.close()


@asynccontextmanager
async def client(tunnels: Tunnels, address: str = "127.0.0.1", **options: Path) -> AsyncIterator[DeliveryClient]:
    resolver = Resolver(LOCAL, lookup=lambda _host, _port: [ip_address(address)])
    async with DeliveryClient(resolver, proxy=tunnels.proxy, attempt_seconds=5, **options) as opened:
        yield opened
    resolver.close()


async def test_the_proxy_is_told_the_vetted_address_and_not_the_name(tunnels: Tunnels, receiver: Receiver):
    async with client(tunnels) as sender:
        exchange = await sender.send(receiver.url("/hook", host=NAME), {}, b"{}")
    assert exchange.answer.status == 204
    assert exchange.remote_address == "127.0.0.1"
    assert tunnels.asked == [f"CONNECT 127.0.0.1:{receiver.port} HTTP/1.1"]
    [got] = receiver.at("/hook")
    assert got.headers["host"] == f"{NAME}:{receiver.port}"
    assert "proxy-authorization" not in got.headers


async def test_tls_is_with_the_receiver_and_the_tunnel_is_kept(tunnels: Tunnels, tmp_path: Path):
    certificate = write_certificate(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"{}"):
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    async with client(tunnels, authorities=certificate) as sender:
        first, second = [await sender.send(f"https://{NAME}:{port}/", {}, b"{}") for _ in range(2)]
        other = await sender.send(f"https://other.example:{port}/", {}, b"{}")
    server.close()
    assert [first.answer.status, second.answer.status] == [204, 204]
    assert (first.remote_address, second.remote_address) == ("127.0.0.1", "127.0.0.1")
    assert "tlsMs" in first.timings
    assert "tlsMs" not in second.timings
    assert other.answer.code == "tls"
    assert len(tunnels.asked) == 2


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"])
async def test_what_is_refused_does_not_reach_the_proxy(address: str, tunnels: Tunnels):
    async with client(tunnels, address) as sender:
        exchange = await sender.send(f"https://{NAME}/", {}, b"{}")
    assert exchange.answer.code == "address_refused"
    assert tunnels.asked == []


async def test_the_next_address_is_tried_where_the_proxy_does_not_reach_the_first(tunnels: Tunnels, receiver: Receiver):
    resolver = Resolver(LOCAL, lookup=lambda _host, _port: [ip_address("::1"), ip_address("127.0.0.1")])
    async with DeliveryClient(resolver, proxy=tunnels.proxy, attempt_seconds=5) as sender:
        exchange = await sender.send(receiver.url("/hook", host=NAME), {}, b"{}")
    resolver.close()
    assert (exchange.answer.status, exchange.remote_address) == (204, "127.0.0.1")
    assert tunnels.asked == [f"CONNECT {end}:{receiver.port} HTTP/1.1" for end in ("[::1]", "127.0.0.1")]


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 403 Forbidden\r\n\r\n", b"HTTP/1.1 407 Who\r\n\r\n", b"SSH-2.0\r\n\r\n", b""]
)
async def test_a_proxy_that_does_not_connect_is_told_as_such(answer: bytes, tunnels: Tunnels, receiver: Receiver):
    tunnels.answer = answer
    async with client(tunnels) as sender:
        exchange = await sender.send(receiver.url("/hook"), {}, b"{}")
    assert exchange.answer.code == "connect"
    assert receiver.received == []


async def test_a_proxy_that_is_away_is_told_as_such(tunnels: Tunnels, receiver: Receiver):
    tunnels.port = 1
    async with client(tunnels) as sender:
        exchange = await sender.send(receiver.url("/hook"), {}, b"{}")
    assert exchange.answer.code == "connect"


async def test_a_connection_that_would_go_past_the_proxy_is_not_made(
    tunnels: Tunnels, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """As if aiohttp made its connections by a method of another name."""
    monkeypatch.delattr(TunnelConnector, "_wrap_create_connection")
    async with client(tunnels) as sender:
        with pytest.raises(RuntimeError, match="not go through the proxy"):
            await sender.send(receiver.url("/hook", host=NAME), {}, b"{}")
    assert receiver.received == []

    monkeypatch.delattr(aiohttp.TCPConnector, "_wrap_create_connection")
    with pytest.raises(RuntimeError, match="makes connections otherwise"):
        async with client(tunnels):
            pass


async def test_aiohttp_makes_connections_as_the_tunnel_expects_it():
    """A change here means: read aiohttp's method again, and then TunnelConnector's."""
    parameters = inspect.signature(aiohttp.TCPConnector._wrap_create_connection).parameters
    kinds = {name: (each.kind.name, each.default) for name, each in parameters.items()}
    assert kinds == {
        "self": ("POSITIONAL_OR_KEYWORD", inspect.Parameter.empty),
        "args": ("VAR_POSITIONAL", inspect.Parameter.empty),
        "addr_infos": ("KEYWORD_ONLY", inspect.Parameter.empty),
        "req": ("KEYWORD_ONLY", inspect.Parameter.empty),
        "timeout": ("KEYWORD_ONLY", inspect.Parameter.empty),
        "client_error": ("KEYWORD_ONLY", aiohttp.ClientConnectorError),
        "kwargs": ("VAR_KEYWORD", inspect.Parameter.empty),
    }


@pytest.mark.parametrize(
    "text", ["", "proxy:3128", "https://proxy:3128", "http://proxy:3128/path", "http://", "socks5://proxy:1080"]
)
def test_what_is_no_proxy_is_refused(text: str):
    with pytest.raises(ValueError, match="proxy"):
        parse_proxy(text)
