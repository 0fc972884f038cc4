"""Where an attempt may go is judged when it connects, whatever was found when its endpoint was made."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from receiver import Receiver, hangs
from webhooks_tenant import LOCAL, Tenant, delivering

from usageflow_common.testing.databases import ServiceDatabase
from usageflow_webhooks.client import DeliveryClient
from usageflow_webhooks.domain.addresses import Policy
from usageflow_webhooks.resolver import NameUnresolved, Resolver
from usageflow_webhooks.vault import Vault


async def test_a_name_that_changes_its_address_is_refused_at_connect(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook", host="localhost.localdomain".partition(".")[0]))
    await tenant.happens()
    rebound = Resolver(LOCAL, lookup=lambda _host, _port: [ip_address("127.0.0.1"), ip_address("10.0.0.1")])
    async with delivering(database, vault, resolver=rebound):
        [logged] = await tenant.attempts(1)
    assert (logged["errorCode"], logged["remoteAddress"]) == ("address_refused", None)
    assert receiver.received == []


async def test_the_vetted_address_is_the_one_that_is_used_and_the_name_stays_in_the_host_header(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook", host="localhost"))
    await tenant.happens()
    asked: list[str] = []

    def lookup(host: str, _port: int) -> list[object]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "10.0.0.1")]

    async with delivering(database, vault, resolver=Resolver(LOCAL, lookup=lookup)):
        [logged] = await tenant.attempts(1)
    assert (logged["outcome"], logged["remoteAddress"]) == ("succeeded", "127.0.0.1")
    assert asked == ["localhost"]
    assert receiver.at("/hook")[0].headers["host"] == f"localhost:{receiver.port}"


async def test_a_name_without_an_address_is_logged_as_such(
    tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    await tenant.endpoint(receiver.url("/hook", host="localhost"))
    await tenant.happens()

    def lookup(_host: str, _port: int) -> list[object]:
        raise NameUnresolved(temporary=True)

    async with delivering(database, vault, resolver=Resolver(LOCAL, lookup=lookup)):
        [logged] = await tenant.attempts(1)
    assert (logged["errorCode"], logged["remoteAddress"], logged["response"]) == ("dns", None, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_without_the_allow_list_nothing_local_is_reached(host: str, receiver: Receiver):
    resolver = Resolver(Policy())
    async with DeliveryClient(resolver) as client:
        exchange = await client.send(receiver.url("/hook", host=host), {}, b"{}")
    resolver.close()
    assert exchange.answer.code == "address_refused"
    assert receiver.received == []


async def test_a_proxy_in_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, receiver.url("/proxy"))
    resolver = Resolver(LOCAL)
    async with DeliveryClient(resolver) as client:
        exchange = await client.send(receiver.url("/hook"), {}, b"{}")
    resolver.close()
    assert exchange.answer.status == 204
    assert receiver.received[0].path == "/hook"


@pytest.mark.parametrize(
    ("scheme", "host", "port", "code"),
    [
        ("https", "127.0.0.1", None, "tls"),
        ("http", "127.0.0.1", 1, "connect"),
        ("http", "169.254.169.254", 80, "address_refused"),
    ],
)
async def test_what_is_not_reached_says_why(scheme: str, host: str, port: int | None, code: str, receiver: Receiver):
    receiver.behaviours["/hook"] = hangs
    resolver = Resolver(LOCAL)
    async with DeliveryClient(resolver, attempt_seconds=5) as client:
        exchange = await client.send(f"{scheme}://{host}:{port or receiver.port}/hook", {}, b"{}")
    resolver.close()
    assert exchange.answer.code == code
