"""PostgreSQL and Kafka alone: restarts on the same data, and who may run them."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from usageflow_local.errors import PartFailed
from usageflow_local.identity import NOBODY, USER_NAMESPACE, Identity
from usageflow_local.kafka import LocalKafka
from usageflow_local.postgres import LocalPostgres, delete_data_elsewhere


async def _count(postgres: LocalPostgres) -> int:
    connection = await asyncpg.connect(postgres.owner_url)
    try:
        return await connection.fetchval("INSERT INTO visits VALUES (1) RETURNING (SELECT count(*) FROM visits)")
    finally:
        await connection.close()


async def _make_table(postgres: LocalPostgres) -> None:
    connection = await asyncpg.connect(postgres.owner_url)
    await connection.execute("CREATE TABLE visits (n int)")
    await connection.close()


@pytest.mark.parametrize(
    "identity",
    [USER_NAMESPACE, NOBODY] if os.geteuid() == 0 else [Identity()],
    ids=lambda identity: identity.prefix[0] if identity.prefix else "as is",
)
@pytest.mark.parametrize("throwaway", [True, False])
async def test_postgres_starts_again_on_its_data_and_port(home: Path, identity: Identity, throwaway: bool) -> None:
    postgres = LocalPostgres(home, throwaway=throwaway, identity=identity)
    with postgres:
        await _make_table(postgres)
        assert await _count(postgres) == 0
        postgres.kill()
        postgres.start()
        assert await _count(postgres) == 1
        postgres.stop()
        postgres.start()
        assert await _count(postgres) == 2
    if throwaway:
        assert not (home / "postgres").exists()
    else:
        with LocalPostgres(home, throwaway=False, identity=identity) as later:
            assert await _count(later) == 3
        delete_data_elsewhere(home)


def test_postgres_runs_for_a_user_without_a_name(home: Path) -> None:
    program = "import sys, pathlib, usageflow_local.postgres as p\nwith p.LocalPostgres(pathlib.Path(sys.argv[1]), throwaway=True): print('ready')"
    nameless = ["unshare", "--user", "--map-user=54321", "--map-group=54321"] if os.geteuid() == 0 else []
    done = subprocess.run([*nameless, sys.executable, "-c", program, home], capture_output=True, text=True, check=False)
    assert done.stdout == "ready\n", done.stderr


def test_what_an_unfinished_initdb_left_is_cleared_away(home: Path) -> None:
    left = home / "postgres" / "initializing-1234"
    left.mkdir(parents=True)
    left.with_name("initializing-1234.password").write_text("secret")
    with LocalPostgres(home, throwaway=True):
        assert {entry.name for entry in left.parent.iterdir()} == {"data"}


def test_a_stale_pid_file_that_names_another_process_does_not_stop_postgres(home: Path) -> None:
    with LocalPostgres(home, throwaway=True) as postgres:
        postgres.kill()
        pid_file = home / "postgres" / "data" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
        postgres.start()


async def test_postgres_refuses_a_wrong_password(home: Path) -> None:
    with LocalPostgres(home, throwaway=True) as postgres, pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url("usageflow", password="wrong"))


def test_a_part_that_cannot_start_says_why(home: Path) -> None:
    with LocalPostgres(home, throwaway=True) as postgres:
        postgres.stop()
        next(home.rglob("PG_VERSION")).write_text("9\n")
        with pytest.raises(PartFailed, match=r"(?s)ended with exit code 1 before it was ready.*incompatible"):
            postgres.start()


async def test_kafka_keeps_its_records_through_kill_and_stop(home: Path) -> None:
    with LocalKafka(home, throwaway=True) as kafka:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("visits", num_partitions=1, replication_factor=1)])
        await admin.close()
        await _send(kafka, b"before the kill")
        kafka.kill()
        kafka.start()
        await _send(kafka, b"before the stop")
        kafka.stop()
        kafka.start()
        assert await _read(kafka, count=2) == [b"before the kill", b"before the stop"]
    assert not (home / "kafka").exists()


async def _send(kafka: LocalKafka, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        await producer.send_and_wait("visits", value)


async def _read(kafka: LocalKafka, *, count: int) -> list[bytes | None]:
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition("visits", 0)])
        return [(await consumer.getone()).value for _ in range(count)]
