"""Checks of Kafka: its topics as topics.py has them, and how far the two exact consumers are behind, or beside, their logs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from usageflow_cli.doctor import store
from usageflow_cli.doctor.findings import Finding, bounded
from usageflow_cli.doctor.places import bus_settings, connected, database_url
from usageflow_common.database import is_unavailable, sqlstate_of
from usageflow_common.errors import Unavailable
from usageflow_common.kafka import Bus, LogReader
from usageflow_common.kafka.provisioning import differences
from usageflow_common.kafka.topic_settings import required_topics
from usageflow_common.settings import BusSettings
from usageflow_common.topics import EVENTS_RAW, TOPICS, USAGE_AGGREGATED, Topic

_LAG_RECORDS: Final = (100_000, 5_000_000)
_AHEAD_SECONDS: Final = (2, 10)


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
    remedy = "usageflow migrate sets settings; partitions are added by hand (docs/kubernetes.md)"
    findings += [Finding(f"topic {name}", "failed", "; ".join(words), remedy) for name, words in wrong.items()]
    if not wrong:
        findings.append(Finding("topics", "ok", f"all {len(required)} are as they must be"))
    findings += await _positions(settings, "aggregator", EVENTS_RAW, store.COUNTED)
    findings += await _positions(settings, "invoicer", USAGE_AGGREGATED, store.APPLIED)
    return findings


async def _positions(settings: BusSettings, service: str, topic: Topic, statement: str) -> list[Finding]:
    url, check = database_url(service), f"{service} behind {topic.name}"
    if url is None:
        return []  # said already, by the check of its database
    reader, behind, halted, ahead = LogReader(Bus(settings, service), topic), 0, list[int](), 0
    await reader.start()
    try:
        async with connected(url) as connection:
            stored = {row[0]: row[1] for row in await connection.fetch(statement)}
        for partition in range(settings.event_partitions):
            bounds = await reader.bounds(partition)
            position = stored.get(partition)
            if position is None or not bounds.start <= position <= bounds.end:
                halted.append(partition)
                continue
            behind += bounds.end - position
            last = await reader.read_at(partition, bounds.end - 1)
            if last is not None:
                ahead = max(ahead, round((last.appended_at - datetime.now(UTC)).total_seconds()))
    except Exception as error:
        if not isinstance(error, Unavailable) and not is_unavailable(error) and sqlstate_of(error) is None:
            raise
        return [Finding(check, "failed", f"cannot be told: {error}", "mend the store first")]
    finally:
        await reader.stop()
    words = "more workers, or look why batches fail: ConsumerBehind in docs/operations.md"
    findings = [bounded(check, behind, seen=f"{behind} records", limits=_LAG_RECORDS, remedy=words)]
    if halted:
        seen = f"the stored position does not lie in the log, or is missing, in partitions {halted}"
        findings.append(Finding(f"{service} halted", "failed", seen, "PartitionHalted in docs/operations.md"))
    seen = f"records are stamped at most {ahead} s ahead of this machine"
    findings.append(
        bounded(f"clock of {topic.name}", ahead, seen=seen, limits=_AHEAD_SECONDS, remedy="let NTP set both")
    )
    return findings
