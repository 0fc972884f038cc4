"""PostgreSQL and Kafka by testcontainers, for machines with a Docker engine."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

_POSTGRES: Final = "postgres:18"
_KAFKA: Final = "apache/kafka:4.4.0"
_LISTENERS: Final = "/home/appuser/listeners"
_START_SECONDS: Final = 90

_KAFKA_SETTINGS: Final = {
    # One variable switches the image's defaults off, so this is the full set.
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093,BROKER://:9094",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "BROKER",
    "KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE": "LogAppendTime",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    # As the embedded one: the first consumer of a run waits until all of these are there.
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    "KAFKA_HEAP_OPTS": "-Xmx384m",
}


_POSTGRES_COMMAND: Final = (
    # As the embedded one is: throw-away data need not survive the machine, and each process of a test holds a pool.
    "postgres -c fsync=off -c full_page_writes=off -c max_connections=200 -c jit=off"
)


@contextmanager
def postgres_container() -> Iterator[str]:
    """The owner's address of the maintenance database."""
    server = PostgresContainer(_POSTGRES, username="usageflow_owner", dbname="postgres", driver=None)
    with server.with_command(_POSTGRES_COMMAND) as container:
        yield container.get_connection_url()


@contextmanager
def kafka_container() -> Iterator[str]:
    """The bootstrap address of one KRaft node.

    The node is told its published address once that is known; it reaches itself by a listener of its own, for the published one
    does not exist inside the container.
    """
    container = DockerContainer(_KAFKA).with_exposed_ports(9092).with_envs(**_KAFKA_SETTINGS)
    wait_for_listeners = f"until [ -s {_LISTENERS} ]; do sleep .1; done; . {_LISTENERS}; exec /etc/kafka/docker/run"
    container.with_command(["sh", "-c", wait_for_listeners])
    with container:
        bootstrap = f"{container.get_container_host_ip()}:{container.get_exposed_port(9092)}"
        line = f"export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://{bootstrap},BROKER://localhost:9094"
        container.exec(["sh", "-c", f"echo {shlex.quote(line)} > {_LISTENERS}"])
        LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(_START_SECONDS).wait_until_ready(container)
        yield bootstrap
