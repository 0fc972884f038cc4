"""Checks of Kafka: its topics as topics.py has them, how far each consumer is behind, or beside, its log, and what nobody could read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from usageflow_cli.doctor import store
from usageflow_cli.doctor.findings import Finding, bounded
from usageflow_cli.doctor.places import bus_settings, connected, database_url
from usageflow_common.database import is_unavailable, sqlstate_of
from usageflow_common.dead_letters import dead_letter_topic
from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.kafka.provisioning import differences
from usageflow_common.kafka.topic_settings import required_topics
from usageflow_common.settings import BusSettings
from usageflow_common.topics import (
    AUDIT_RECORDED,
    BILLING_EVENTS,
    EVENTS_RAW,
    EVENTS_REJECTED,
    INVOICE_CREATED,
    TOPICS,
    USAGE_AGGREGATED,
    Topic,
    UnknownSchema,
    decode,
)

_LAG_RECORDS: Final = (100_000, 5_000_000)
_AHEAD_SECONDS: Final = (2, 10)
_WAITS_SECONDS: Final = (120, 600)


@dataclass(frozen=True, slots=True)
class _Follower:
    """A consumer of one topic. `statement`: partition and position, of the topic where it has a parameter."""

    service: str
    topic: Topic
    statement: str
    begins_by_itself: bool = True
    """A partition without a position is read from its first record; else it has to have a row."""


_FOLLOWERS: Final = (
    _Follower("aggregator", EVENTS_RAW, store.COUNTED, begins_by_itself=False),
    _Follower("invoicer", USAGE_AGGREGATED, store.APPLIED, begins_by_itself=False),
    _Follower("webhooks", INVOICE_CREATED, store.POSITIONS),
    _Follower("webhooks", BILLING_EVENTS, store.POSITIONS),
    _Follower("gateway", AUDIT_RECORDED, store.POSITIONS),
    _Follower("ingest", EVENTS_REJECTED, store.POSITIONS),
)


@dataclass(slots=True)
class _Seen:
    """Of all partitions of a topic. Seconds are those of this machine's clock."""

    behind: int = 0
    waits: int = 0
    ahead: int = 0
    halted: list[int] = field(default_factory=list)
    blocked: dict[int, str] = field(default_factory=dict)


async def log_findings() -> list[Finding]:
    """Nothing but one failed check when Kafka cannot be reached."""
    settings = bus_settings()
    if settings is None:
        return [Finding("kafka", "failed", "its address is not known", "set USAGEFLOW_KAFKA_BOOTSTRAP")]
    required = [topic for known in TOPICS.values() for topic in required_topics(known, settings)]
    try:
        wrong = await differences(settings, required, timeout_seconds=20)
    except Unavailable as error:
        return [Finding("kafka", "failed", error.detail, "is it up, and are address, user and certificate right?")]
    findings = [Finding("kafka", "ok", "answers")]
    remedy = "usageflow migrate sets settings; partitions are added by hand (docs/operations.md)"
    findings += [Finding(f"topic {name}", "failed", "; ".join(words), remedy) for name, words in wrong.items()]
    if not wrong:
        findings.append(Finding("topics", "ok", f"all {len(required)} are as they must be"))
    for follower in _FOLLOWERS:
        findings += await _follower(settings, follower)
    findings.append(await _dead_letters(settings, {name.split(":")[0] for name in wrong}))
    return findings


async def _follower(settings: BusSettings, follower: _Follower) -> list[Finding]:
    url, topic = database_url(follower.service), follower.topic
    if url is None:
        return []  # said already, by the check of its database
    check = f"{follower.service} behind {topic.name}"
    try:
        async with connected(url) as connection:
            of_topic = (topic.name,) if "$1" in follower.statement else ()
            stored = {row[0]: row[1] for row in await connection.fetch(follower.statement, *of_topic)}
        seen = await _look(settings, follower, stored)
    except Exception as error:
        if not isinstance(error, Unavailable) and not is_unavailable(error) and sqlstate_of(error) is None:
            raise
        return [Finding(check, "failed", f"cannot be told: {error}", "mend the store first")]
    return [*_progress(check, follower, seen), *_standing(follower, seen)]


async def _look(settings: BusSettings, follower: _Follower, stored: Mapping[int, int]) -> _Seen:
    seen = _Seen()
    async with _log(settings, follower.topic) as (bus, reader):
        for partition in range(bus.partitions(follower.topic)):
            bounds = await reader.bounds(partition)
            position = stored.get(partition, 0 if follower.begins_by_itself else None)
            if position is None or not bounds.start <= position <= bounds.end:
                seen.halted.append(partition)
                continue
            seen.behind += bounds.end - position
            last = await reader.read_at(partition, bounds.end - 1)
            if last is not None:
                seen.ahead = max(seen.ahead, round((last.appended_at - datetime.now(UTC)).total_seconds()))
            waiting = await reader.read_at(partition, position) if position < bounds.end else None
            if waiting is not None:
                seen.waits = max(seen.waits, round((datetime.now(UTC) - waiting.appended_at).total_seconds()))
                content = decode(follower.topic, waiting.value, waiting.headers.get("schema"))
                if isinstance(content, UnknownSchema):
                    seen.blocked[partition] = f"offset {position} has schema {content.schema}"
    return seen


def _progress(check: str, follower: _Follower, seen: _Seen) -> list[Finding]:
    words = "more workers, or look why batches fail: ConsumerBehind in docs/operations.md"
    behind = bounded(check, seen.behind, seen=f"{seen.behind} records", limits=_LAG_RECORDS, remedy=words)
    waits = bounded(
        f"{follower.service} at {follower.topic.name}",
        seen.waits,
        seen=f"the next record waits for {seen.waits} s" if seen.waits else "no record waits",
        limits=_WAITS_SECONDS,
        remedy="is a worker ready? PartitionHalted and BatchesFail in docs/operations.md",
    )
    clock = bounded(
        f"clock of {follower.topic.name}",
        seen.ahead,
        seen=f"records are stamped at most {seen.ahead} s ahead of this machine",
        limits=_AHEAD_SECONDS,
        remedy="let NTP set both",
    )
    return [behind, waits, clock]


def _standing(follower: _Follower, seen: _Seen) -> list[Finding]:
    """Partitions that stand still, and how: the same words as the metric's."""
    name, findings = f"{follower.service} {{}} at {follower.topic.name}", []
    if seen.halted:
        words = f"the stored position does not lie in the log, or is missing, in partitions {seen.halted}"
        findings.append(Finding(name.format("halted"), "failed", words, "PartitionHalted in docs/operations.md"))
    if seen.blocked:
        words = "; ".join(f"partition {partition}: {why}" for partition, why in seen.blocked.items())
        remedy = f"deploy a {follower.service} that knows it; it goes on by itself"
        findings.append(Finding(name.format("blocked"), "failed", words, remedy))
    return findings


async def _dead_letters(settings: BusSettings, missing: set[str]) -> Finding:
    """What was buried in the last 30 days; it stops nothing, and somebody should know why."""
    buried: dict[str, int] = {}
    try:
        for topic in TOPICS.values():
            if not topic.dead_letter or f"{settings.topic_prefix}{topic.name}.dlq" in missing:
                continue
            letters = dead_letter_topic(topic)
            async with _log(settings, letters) as (bus, reader):
                for partition in range(bus.partitions(letters)):
                    bounds = await reader.bounds(partition)
                    buried[letters.name] = buried.get(letters.name, 0) + bounds.end - bounds.start
    except Unavailable as error:
        return Finding("dead letters", "failed", error.detail, "mend Kafka first")
    words = ", ".join(f"{count} in {name}" for name, count in buried.items() if count)
    if not words:
        return Finding("dead letters", "ok", "none")
    remedy = "their headers dlq_detail, dlq_topic and dlq_offset say why and where; nobody reads them again"
    return Finding("dead letters", "warning", words, remedy)


@asynccontextmanager
async def _log(settings: BusSettings, topic: Topic) -> AsyncIterator[tuple[Bus, LogReader]]:
    bus = Bus(settings, "doctor")
    reader = LogReader(bus, topic)
    await reader.start()
    try:
        yield bus, reader
    finally:
        await reader.stop()
