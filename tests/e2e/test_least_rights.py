"""The rights that deploy/k8s grants are enough for the whole path, and no more: Kafka's users with their ACLs, PostgreSQL without a superuser."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.admin import CreateAclsRequest

from usageflow_cli.strimzi import kafka_topics, kafka_users
from usageflow_common.kafka import Bus, Outgoing, Producer, SendFailed
from usageflow_common.kafka.security import security_of
from usageflow_common.settings import BusSettings
from usageflow_common.testing.certificates import own_certificate
from usageflow_common.topics import EVENTS_RAW, INVOICE_CREATED, USAGE_AGGREGATED
from usageflow_local.credentials import kept_credentials
from usageflow_local.demo import found_organization
from usageflow_local.environment import Site
from usageflow_local.home import Home
from usageflow_local.kafka import Guard, LocalKafka
from usageflow_local.launch import Launcher
from usageflow_local.layout import random_ports
from usageflow_local.ports import HOST, any_free_port
from usageflow_local.postgres import LocalPostgres
from usageflow_local.probes import probe_http, until_ready
from usageflow_local.services import KINDS, SERVICES

PARTITIONS = 4
# Numbers of the protocol: https://kafka.apache.org/documentation/#resources_in_kafka
RESOURCES = {"topic": 2, "group": 3, "cluster": 4}
PATTERNS = {"literal": 3, "prefix": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
ALLOW = 3


@dataclass(frozen=True, slots=True)
class Guarded:
    """Stores that grant what deploy/k8s says, and who we are to them."""

    folder: Path
    bootstrap: str
    passwords: dict[str, str]
    postgres_url: str

    def settings(self, service: str) -> dict[str, str]:
        """Where Kafka is, and that the service is its user."""
        return {
            "kafka_bootstrap": self.bootstrap,
            "kafka_tls": "true",
            "kafka_ca_file": str(self.folder / "ca.pem"),
            "kafka_username": f"usageflow-{service}",
            "kafka_password": self.passwords[f"usageflow-{service}"],
        }

    def bus(self, service: str) -> Bus:
        """A client's way to Kafka as that service."""
        return Bus(BusSettings(event_partitions=PARTITIONS, **self.settings(service)), service)


async def grant(bootstrap: str) -> None:
    """What Strimzi's operators do with the resources."""
    settings = BusSettings(kafka_bootstrap="none", event_partitions=PARTITIONS)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        specs = [topic["spec"] for topic in kafka_topics("usageflow", settings)]
        await admin.create_topics(
            [
                NewTopic(spec["topicName"], spec["partitions"], spec["replicas"], topic_configs=spec["config"])
                for spec in specs
            ]
        )
        for user in kafka_users("usageflow"):
            for rule in user["spec"]["authorization"]["acls"]:
                resource = rule["resource"]
                for operation in rule["operations"]:
                    request = CreateAclsRequest(
                        RESOURCES[resource["type"]],
                        resource["name"],
                        PATTERNS[resource["patternType"]],
                        f"User:{user['metadata']['name']}",
                        rule["host"],
                        OPERATIONS[operation],
                        ALLOW,
                    )
                    answer = await admin._send_request(request)
                    assert [code for code, _ in answer.creation_responses] == [0], answer
    finally:
        await admin.close()


async def owned_database(server: LocalPostgres) -> str:
    """A database whose owner may make roles and is no superuser, as CloudNativePG makes it."""
    password = secrets.token_urlsafe(12)
    connection = await asyncpg.connect(server.owner_url)
    try:
        await connection.execute(f"CREATE ROLE usageflow LOGIN CREATEROLE PASSWORD '{password}'")
        await connection.execute("CREATE DATABASE owned OWNER usageflow TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    finally:
        await connection.close()
    return server.url("owned", user="usageflow", password=password)


@pytest_asyncio.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    chain, key = own_certificate("kafka of a test")
    (folder / "ca.pem").write_text(chain)
    passwords = {user["metadata"]["name"]: secrets.token_hex(12) for user in kafka_users("usageflow")}
    guard = Guard(any_free_port(), chain, key, passwords, by_rights=True)
    kafka = LocalKafka(folder, throwaway=True, guard=guard)
    postgres = LocalPostgres(folder, throwaway=True)
    await asyncio.gather(asyncio.to_thread(kafka.start), asyncio.to_thread(postgres.start))
    try:
        await grant(kafka.bootstrap)
        yield Guarded(folder, f"{HOST}:{guard.port}", passwords, await owned_database(postgres))
    finally:
        await asyncio.gather(asyncio.to_thread(kafka.close), asyncio.to_thread(postgres.close))


def launchers(guarded: Guarded) -> dict[str, Launcher]:
    """How each service's processes are run: as its own user of Kafka and its own role of PostgreSQL."""
    server = guarded.postgres_url.rpartition("@")[2]
    site = Site(
        owner_database_url=guarded.postgres_url,
        database_url=lambda role, password: f"postgresql://{role}:{quote(password, safe='')}@{server}",
        kafka_bootstrap=guarded.bootstrap,
        ports=random_ports(SERVICES, asked={}),
        credentials=kept_credentials(guarded.folder / "credentials", [service.name for service in SERVICES]),
    )
    home = Home(guarded.folder / "home")
    home.folder.mkdir()
    return {
        service.name: Launcher(
            home, site, {f"USAGEFLOW_{name.upper()}": value for name, value in guarded.settings(service.name).items()}
        )
        for service in SERVICES
    }


@pytest.mark.timeout(360)
async def test_the_worked_example_needs_no_other_rights_than_those_of_the_manifests(guarded: Guarded) -> None:
    runs = launchers(guarded)
    parts = [runs[service.name].part(service, kind) for service in SERVICES for kind in KINDS]
    site = runs["gateway"].site
    try:
        # Topics are there, so no service waits for another's. What is there already is found as well as it is made.
        await asyncio.gather(*(runs[service.name].migrate(service, "first") for service in SERVICES))
        await runs["gateway"].migrate(SERVICES[0], "second")
        await asyncio.gather(*(asyncio.to_thread(part.start) for part in parts))
        await asyncio.gather(*(until_ready(lambda port=site.ports[part.name]: probe_http(port), 90) for part in parts))
        gateway = SERVICES[0]
        key = await asyncio.to_thread(
            found_organization, lambda words: runs["gateway"].operate(gateway, words), "Least", mode="live"
        )
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "usageflow_cli", "demo"),
            env=os.environ | {"USAGEFLOW_URL": site.url("gateway"), "USAGEFLOW_API_KEY": key},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        story, _ = await demo.communicate()
    finally:
        await asyncio.gather(*(asyncio.to_thread(part.stop) for part in parts))

    assert demo.returncode == 0, story.decode()
    refused = [
        line
        for part in parts
        for line in part.log.read_text().splitlines()
        if "authoriz" in line.lower() or "permission denied" in line.lower()
    ]
    assert refused == []


@pytest.mark.parametrize(
    ("service", "topic"),
    [("webhooks", EVENTS_RAW), ("gateway", EVENTS_RAW), ("invoicer", USAGE_AGGREGATED), ("webhooks", INVOICE_CREATED)],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
async def test_nobody_writes_what_another_service_says(guarded: Guarded, service: str, topic) -> None:
    producer = Producer(guarded.bus(service), timeout_seconds=3)
    await producer.start()
    try:
        with pytest.raises(SendFailed):
            await producer.send(Outgoing(topic, b"key", b"value"))
    finally:
        await asyncio.wait_for(producer.stop(), 30)


@pytest.mark.parametrize("user", list(kafka_users("usageflow")), ids=lambda each: each["metadata"]["name"])
async def test_a_service_sees_its_own_topics_alone(guarded: Guarded, user) -> None:
    service = user["metadata"]["name"].removeprefix("usageflow-")
    named = {rule["resource"]["name"] for rule in user["spec"]["authorization"]["acls"]} - {service}
    settings = guarded.bus(service).settings
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap, **security_of(settings))
    await admin.start()
    try:
        seen = set(await admin.list_topics())
    finally:
        await admin.close()

    assert seen - {"__consumer_offsets"} == named
