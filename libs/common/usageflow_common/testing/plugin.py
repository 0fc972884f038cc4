"""Fixtures over a real PostgreSQL and a real Kafka. The root conftest.py loads them by `pytest_plugins`.

Session: `postgres_url` (the owner's address of the maintenance database), `kafka_bootstrap`, `token_keys`.
Module: `service_database` (a factory), `bus_settings`, `bus`, `topics` (a factory).

Both servers are found in USAGEFLOW_TEST_POSTGRES and USAGEFLOW_TEST_KAFKA, or else started once for the run when the first test
needs them: embedded ones with throw-away data, or containers when USAGEFLOW_TEST_BACKEND=containers.

A module's own fixtures usually look like this (`SCHEMA` is the service's ServiceSchema)::

    @pytest.fixture(scope="module")
    async def database(service_database: MigratedDatabases) -> ServiceDatabase:
        return await service_database(SCHEMA)

    @pytest.fixture(scope="module")
    async def producer(bus: Bus, topics: Topics) -> AsyncIterator[Producer]:
        await topics(EVENTS_RAW, USAGE_AGGREGATED)
        …
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import TypeAlias

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from usageflow_common import logs
from usageflow_common.kafka import Bus
from usageflow_common.migrations import ServiceSchema
from usageflow_common.settings import BusSettings
from usageflow_common.testing.callers import TokenKeys
from usageflow_common.testing.databases import ServiceDatabase, migrated_database
from usageflow_common.testing.servers import start_kafka, start_postgres
from usageflow_common.topics import Topic

MigratedDatabases: TypeAlias = Callable[[ServiceSchema], Awaitable[ServiceDatabase]]
Topics: TypeAlias = Callable[..., Awaitable[None]]


@pytest.fixture(scope="session", autouse=True)
def structured_logs() -> None:
    """Logs as a process writes them: structlog unconfigured draws every traceback with its locals, which takes a second."""
    logs.configure("test", "WARNING")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's address of the server's maintenance database: for making databases, not for tables."""
    with ExitStack() as stack:
        yield start_postgres(stack, tmp_path_factory)


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Kafka's address."""
    with ExitStack() as stack:
        yield start_kafka(stack, tmp_path_factory)


@pytest.fixture(scope="session")
def token_keys() -> TokenKeys:
    """Signs for callers (`headers`, `token_headers`) and has the public keys for settings (`setting`) and verifiers (`public_keys`)."""
    return TokenKeys()


@pytest.fixture(scope="module")
async def service_database(postgres_url: str) -> AsyncIterator[MigratedDatabases]:
    """`await service_database(SCHEMA)`: a migrated database of one's own, dropped when the module ends."""
    async with AsyncExitStack() as stack:

        async def make(schema: ServiceSchema) -> ServiceDatabase:
            return await stack.enter_async_context(migrated_database(schema, postgres_url))

        yield make


@pytest.fixture(scope="module")
def bus_settings(kafka_bootstrap: str) -> BusSettings:
    """Settings with a topic prefix that no other module uses, and two partitions for events."""
    return BusSettings(kafka_bootstrap=kafka_bootstrap, topic_prefix=f"t{secrets.token_hex(5)}.", event_partitions=2)


@pytest.fixture(scope="module")
def bus(bus_settings: BusSettings) -> Bus:
    """The bus of a service named `test`."""
    return Bus(bus_settings, "test")


@pytest.fixture(scope="module")
async def topics(bus: Bus) -> AsyncIterator[Topics]:
    """`await topics(EVENTS_RAW, …)`: these topics exist. At the module's end all topics with its prefix are deleted."""

    async def make(*wanted: Topic) -> None:
        await bus.ensure_topics(wanted)

    yield make
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.settings.kafka_bootstrap)
    await admin.start()
    try:
        made = [name for name in await admin.list_topics() if name.startswith(bus.settings.topic_prefix)]
        if made:
            await admin.delete_topics(made)
    finally:
        await admin.close()
