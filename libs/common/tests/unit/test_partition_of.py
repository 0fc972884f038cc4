"""A key goes to the partition that every Java client would choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.kafka import Bus, Outgoing
from usageflow_common.settings import BusSettings
from usageflow_common.topics import EVENTS_RAW, METRICS_CHANGED

SETTINGS = BusSettings(kafka_bootstrap="127.0.0.1:1", event_partitions=12)
BUS = Bus(SETTINGS, "ingest")


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_partitions_are_those_of_the_java_client(key: bytes, murmur2: int):
    assert BUS.partition_of(EVENTS_RAW, key) == (murmur2 & 0x7FFFFFFF) % 12


@given(st.binary(max_size=200))
def test_a_key_always_goes_to_the_same_partition_that_exists(key: bytes):
    partition = BUS.partition_of(EVENTS_RAW, key)

    assert 0 <= partition < 12
    assert Bus(SETTINGS, "invoicer").partition_of(EVENTS_RAW, key) == partition


def test_a_topic_with_its_own_number_of_partitions_does_not_follow_the_setting():
    assert BUS.partitions(METRICS_CHANGED) == 1
    assert BUS.partition_of(METRICS_CHANGED, b"foobar") == 0


def test_a_message_says_its_schema_and_who_produced_it():
    message = Outgoing(EVENTS_RAW, b"key", b"value", headers={"request_id": "req_1"})

    assert BUS.headers(message) == [
        ("schema", b"events.raw/1"),
        ("produced_by", b"ingest"),
        ("request_id", b"req_1"),
    ]
