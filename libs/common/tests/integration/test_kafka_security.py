"""Every client of ours reaches a Kafka that wants TLS and SCRAM, and none trusts one that it cannot know."""

import asyncio
from pathlib import Path

import pytest

from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus, LogReader, Outgoing, Placement, Producer, SendFailed
from usageflow_common.settings import BusSettings
from usageflow_common.testing.certificates import own_certificate
from usageflow_common.topics import METRICS_CHANGED
from usageflow_local.kafka import Guard, LocalKafka
from usageflow_local.ports import any_free_port


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> BusSettings:
    """Where a guarded Kafka is, and who we are to it."""
    folder = tmp_path_factory.mktemp("guarded")
    chain, key = own_certificate("kafka of a test")
    (folder / "ca.pem").write_text(chain)
    guard = Guard(any_free_port(), chain, key, {"usageflow": "correct-horse"})
    with LocalKafka(folder, throwaway=True, guard=guard):
        yield BusSettings(
            kafka_bootstrap=f"127.0.0.1:{guard.port}",
            kafka_tls=True,
            kafka_ca_file=folder / "ca.pem",
            kafka_username="usageflow",
            kafka_password="correct-horse",
        )


async def test_topics_are_made_written_and_read_behind_tls_and_scram(guarded: BusSettings) -> None:
    bus = Bus(guarded, "test")
    await bus.ensure_topics([METRICS_CHANGED])
    producer = Producer(bus)
    await producer.start()
    try:
        placed = await producer.send(Outgoing(METRICS_CHANGED, b"key", b"value"))
    finally:
        await producer.stop()
    reader = LogReader(bus, METRICS_CHANGED)
    await reader.start()
    try:
        found = await reader.read_at(placed.partition, placed.offset)
    finally:
        await reader.stop()

    assert isinstance(placed, Placement)
    assert found is not None
    assert found.value == b"value"


@pytest.mark.parametrize(
    "changes",
    [
        {"kafka_password": "wrong-horse"},
        {"kafka_ca_file": None},
        {"kafka_username": None, "kafka_password": None},
    ],
    ids=["another password", "an authority that nobody knows", "nobody"],
)
async def test_whoever_is_not_known_gets_nothing(guarded: BusSettings, changes: dict[str, object]) -> None:
    producer = Producer(Bus(BusSettings(**guarded.model_dump() | changes), "test"), timeout_seconds=3)
    await producer.start()
    try:
        with pytest.raises((SendFailed, Unavailable)):
            await producer.send(Outgoing(METRICS_CHANGED, b"key", b"value"))
    finally:
        await asyncio.wait_for(producer.stop(), 30)


@pytest.mark.parametrize(
    "halves", [{"kafka_username": "u"}, {"kafka_password": "p"}, {"kafka_ca_file": Path("/ca.pem")}]
)
def test_half_an_identity_is_refused(halves: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="USAGEFLOW_KAFKA_"):
        BusSettings(kafka_bootstrap="127.0.0.1:9092", **halves)
