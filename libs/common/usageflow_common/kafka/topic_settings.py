"""What a topic has to look like on the broker. Pure: topics.py and the settings of the bus decide, nobody's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from usageflow_common.settings import BusSettings
from usageflow_common.topics import Topic

_DEAD_LETTER_RETENTION: Final = timedelta(days=30)
_SEGMENT_AGE_MAX: Final = timedelta(days=1)
_TOMBSTONE_AGE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """One topic as it must be: its name on this installation, partitions, replicas, and overrides of the broker's settings."""

    name: str
    partitions: int
    replicas: int
    overrides: Mapping[str, str]


def required_topics(topic: Topic, settings: BusSettings) -> tuple[TopicSettings, ...]:
    """The topic itself and, where it has one, its dead-letter topic, which has the same partitions."""
    name = settings.topic_prefix + topic.name
    partitions = topic.partitions or settings.event_partitions
    required = [TopicSettings(name, partitions, settings.replication_factor, _overrides(topic.retention, settings))]
    if topic.dead_letter:
        overrides = _overrides(_DEAD_LETTER_RETENTION, settings)
        required.append(TopicSettings(f"{name}.dlq", partitions, settings.replication_factor, overrides))
    return tuple(required)


def _overrides(retention: timedelta | None, settings: BusSettings) -> dict[str, str]:
    safety = {
        # With event times as record times Kafka would delete an old event as soon as it is acknowledged.
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": str(settings.min_insync_replicas),
        "unclean.leader.election.enable": "false",
        # Said outright: a broker's own default must not delete what is younger than the retention.
        "retention.bytes": "-1",
    }
    return safety | (_compacted() if retention is None else _deleted(retention))


def _deleted(retention: timedelta) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": _milliseconds(retention),
        # Only closed segments are deleted: with the default of a week, a day's retention would be eight.
        "segment.ms": _milliseconds(min(retention, _SEGMENT_AGE_MAX)),
    }


def _compacted() -> dict[str, str]:
    return {
        "cleanup.policy": "compact",
        # Only closed segments are compacted, and only when enough is dirty. These topics are small and read whole at each start.
        "segment.ms": _milliseconds(_SEGMENT_AGE_MAX),
        "min.cleanable.dirty.ratio": "0.1",
        # Whoever follows the topic and was away must still meet the tombstone.
        "delete.retention.ms": _milliseconds(_TOMBSTONE_AGE),
        "retention.ms": "-1",
    }


def _milliseconds(duration: timedelta) -> str:
    return str(duration // timedelta(milliseconds=1))
