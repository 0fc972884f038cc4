"""Topics are laid out as billing needs them, whatever the broker's defaults are."""

from datetime import timedelta

import pytest

from usageflow_common.kafka.topic_settings import required_topics
from usageflow_common.settings import BusSettings
from usageflow_common.topics import EVENTS_RAW, INVOICE_CREATED, METRICS_CHANGED, TOPICS, WEBHOOK_DISPATCH, Topic

SETTINGS = BusSettings(
    kafka_bootstrap="127.0.0.1:1", topic_prefix="eu.", event_partitions=12, replication_factor=3, min_insync_replicas=2
)


@pytest.mark.parametrize("topic", TOPICS.values(), ids=str)
def test_no_topic_can_lose_an_acknowledged_record_early(topic: Topic):
    for required in required_topics(topic, SETTINGS):
        assert required.replicas == 3
        assert required.overrides["min.insync.replicas"] == "2"
        assert required.overrides["unclean.leader.election.enable"] == "false"
        assert required.overrides["message.timestamp.type"] == "LogAppendTime"
        assert required.overrides["retention.bytes"] == "-1"


def test_events_are_kept_for_two_weeks_in_the_partitions_of_the_setting():
    [required] = required_topics(EVENTS_RAW, SETTINGS)

    assert (required.name, required.partitions) == ("eu.events.raw", 12)
    assert required.overrides["cleanup.policy"] == "delete"
    assert required.overrides["retention.ms"] == str(14 * 24 * 3600 * 1000)


def test_a_day_of_retention_is_not_stretched_by_a_week_long_segment():
    required, _ = required_topics(WEBHOOK_DISPATCH, SETTINGS)

    assert int(required.overrides["segment.ms"]) <= int(required.overrides["retention.ms"])


def test_a_dead_letter_topic_has_the_partitions_of_its_source():
    source, dead_letters = required_topics(INVOICE_CREATED, SETTINGS)

    assert dead_letters.name == "eu.invoice.created.dlq"
    assert dead_letters.partitions == source.partitions
    assert dead_letters.overrides["retention.ms"] == str(timedelta(days=30) // timedelta(milliseconds=1))


def test_a_compacted_topic_keeps_every_last_record_for_ever():
    [required] = required_topics(METRICS_CHANGED, SETTINGS)

    assert required.overrides["cleanup.policy"] == "compact"
    assert required.overrides["retention.ms"] == "-1"
