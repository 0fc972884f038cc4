"""What must hold when everything has come to rest: compared with a plain fold of the records that were counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from schedule_world import DIGEST_KEY, GENERATION, Violation, World

from usageflow_aggregator.domain.digest import digest_text, event_digest, event_hash, event_salt, value_hash, value_salt
from usageflow_aggregator.domain.reading import core_of
from usageflow_common.clock import window_start
from usageflow_common.metering import EMPTY, add_event, canonical_text, encode_state, group_key, group_of
from usageflow_common.records import AmendEvent, Barrier, UsageEvent, VoidEvent
from usageflow_common.topics import EVENTS_RAW, decode

_KINDS = ("counted", "duplicate", "conflict", "correction", "marker", "quarantined", "skipped")


async def check(world: World) -> None:
    """Raise Violation unless every event counts once, accounts and windows agree, and the chain has no gap."""
    await world.drain()
    records = [[decode(EVENTS_RAW, each.value, EVENTS_RAW.schema.encode()) for each in log] for log in world.logs]
    stored = await world.stage.owner.fetch("SELECT * FROM usage_events ORDER BY partition, log_offset")
    _check_events(world, records, stored, await world.stage.owner.fetch("SELECT * FROM conflicts"))
    _check_accounts(records, await world.stage.owner.fetch("SELECT * FROM consumer_offsets ORDER BY partition"), stored)
    windows, points = _fold(world, records, stored)
    await _check_windows(world, windows, points)
    for partition in range(world.config.partitions):
        _check_told(world, partition, windows, points)


def _check_events(world: World, records: list, stored: list, conflicts: list) -> None:
    """I1: each key that is in the log counts once, as one of its copies; each other content is a recorded conflict."""
    copies: dict[UUID, list] = {}
    for partition, log in enumerate(records):
        for offset, record in enumerate(log):
            if isinstance(record, UsageEvent):
                copies.setdefault(record.event_id, []).append((partition, offset, record))
    times = Counter(row["event_id"] for row in stored)
    voided = voided_in(records)
    for event, sent in copies.items():
        if times[event] != 1 and not (times[event] == 0 and event in voided):
            raise Violation(f"I1: {sent[0][2].idempotency_key} is in the log and counted {times[event]} times")
    for row in stored:
        sent = copies.get(row["event_id"], [])
        counted = next((r for p, o, r in sent if (p, o) == (row["partition"], row["log_offset"])), None)
        if counted is None or (counted.customer_id, Decimal(counted.amount)) != (row["customer_id"], row["amount"]):
            raise Violation(f"I1: {row['idempotency_key']} is counted as nobody sent it")
        others = {bytes.fromhex(r.payload_hash) for _, _, r in sent} - {bytes.fromhex(counted.payload_hash)}
        recorded = {each["refused_hash"] for each in conflicts if each["event_id"] == row["event_id"]}
        # After a restore another copy may count; then the one that counted before may be recorded as well, or not.
        if not others <= recorded:
            raise Violation(f"I1: a conflict of {row['idempotency_key']} is not recorded")


def voided_in(records: list) -> set[UUID]:
    """The events that a void in the log names: they count in no window, whichever came first."""
    return {record.target_event_id for log in records for record in log if isinstance(record, VoidEvent)}


def _check_accounts(records: list, accounts: list, stored: list) -> None:
    """I2: every record has one outcome, up to the log's end."""
    for account in accounts:
        partition = account["partition"]
        log = records[partition]
        parts = {kind: account[kind] for kind in _KINDS}
        if account["next_offset"] != len(log) or sum(parts.values()) != len(log):
            raise Violation(f"I2: partition {partition}: {parts}, at {account['next_offset']} of {len(log)}")
        expected = {
            "counted": sum(row["partition"] == partition for row in stored),
            "marker": sum(isinstance(record, Barrier) for record in log),
            "correction": sum(isinstance(record, VoidEvent | AmendEvent) for record in log),
        }
        if any(parts[kind] != count for kind, count in expected.items()):
            raise Violation(f"I2: partition {partition}: {parts} instead of {expected}")


def _fold(world: World, records: list, stored: list) -> tuple[dict, dict]:
    """Windows and points by one loop over what was counted, batches and order unknown."""
    metrics = {each.metric_id: each for each in world.metrics}
    secret = value_salt(DIGEST_KEY, world.org_id)
    windows: dict = {}
    points: Counter = Counter()
    voided = voided_in(records)
    for row in (each for each in stored if each["event_id"] not in voided):
        event = records[row["partition"]][row["log_offset"]]
        salt = event_salt(DIGEST_KEY, event.org_id, event.event_id)
        digest = event_digest(DIGEST_KEY, event_hash(core_of(event, Decimal(event.amount)), salt, event.properties))
        for metric in (metrics[each] for each in event.metric_ids):
            group = group_key(group_of(metric.group_by, event.properties))
            start_at = window_start(event.occurred_at)
            key = (row["partition"], metric.metric_id, event.customer_id, start_at, group)
            state, digests = windows.get(key, (EMPTY, 0))
            value = Decimal(event.amount)
            if metric.aggregation == "UNIQUE":
                points[(*key, value_hash(secret, canonical_text(event.properties[metric.value_property])))] += 1
            elif metric.value_property is not None:
                value = Decimal(event.properties[metric.value_property])
            state = add_event(metric.aggregation, state, value, event.occurred_at, event.event_id)
            windows[key] = (state, (digests + digest) % 2**256)
    return windows, dict(points)


async def _check_windows(world: World, windows: dict, points: dict) -> None:
    expected = {
        key: (s.event_count, s.total, s.delta_seconds or None, s.value, s.at, s.event_id, digest)
        for key, (s, digest) in windows.items()
    }
    found = {
        (*_place(row), row["group_key"]): (
            row["event_count"],
            row["total"],
            row["delta_seconds"] or None,
            row["value"],
            row["value_at"],
            row["value_event_id"],
            int(row["digest"]),
        )
        for row in await world.stage.owner.fetch("SELECT * FROM aggregated_usage WHERE event_count > 0")
    }
    if found != expected:
        raise Violation(f"windows differ from raw: {sorted(set(found.items()) ^ set(expected.items()), key=repr)}")
    rows = await world.stage.owner.fetch("SELECT * FROM unique_values WHERE event_count > 0")
    if {(*_place(row), row["group_key"], row["value_hash"]): row["event_count"] for row in rows} != points:
        raise Violation("the points of UNIQUE differ from raw")
    admitted = {
        (row["shard"], row["metric_id"], row["customer_id"], row["group_key"])
        for row in await world.stage.owner.fetch("SELECT * FROM group_values")
    }
    for shard, metric_id, customer_id, _, group in windows:
        if group != "{}" and (shard, metric_id, customer_id, group) not in admitted:
            raise Violation(f"group {group} of shard {shard} has windows and was never admitted")


def _place(row: Mapping) -> tuple:
    return row["shard"], row["metric_id"], row["customer_id"], row["window_start_at"]


def _check_told(world: World, partition: int, windows: dict, points: dict) -> None:
    """Rule 4: who applies the records as they were sent knows in the end what the aggregator knows, and meets no gap."""
    generation, applied = GENERATION, 0
    rows: dict = {}
    for record in world.told[partition]:
        if record.generation < generation:
            continue
        if record.from_ is None:
            generation = record.generation
        elif record.generation > generation or record.from_ > applied:
            raise Violation(
                f"partition {partition}: {record.from_} in {record.generation} follows {applied} in {generation}"
            )
        for told in (*record.states, *record.points):
            key = (partition, told.metric_id, told.customer_id, told.window_start_at, group_key(told.group))
            if hasattr(told, "value_hash"):
                key = (*key, bytes.fromhex(told.value_hash))
            if key not in rows or (record.generation, told.version) >= rows[key][0]:
                rows[key] = ((record.generation, told.version), told)
        if record.from_ is None and record.part == record.parts:
            rows = {key: row for key, row in rows.items() if row[0][0] >= generation}
        applied = max(applied, record.next)
    if applied != len(world.logs[partition]):
        raise Violation(f"partition {partition} is told up to {applied} of {len(world.logs[partition])}")
    kinds = {each.metric_id: each.aggregation for each in world.metrics}
    expected = {
        key: (state.event_count, encode_state(kinds[key[1]], state), digest_text(digest))
        for key, (state, digest) in windows.items()
        if key[0] == partition
    } | {key: True for key in points if key[0] == partition}
    found = {
        key: told.present if hasattr(told, "present") else (told.event_count, told.state, told.digest)
        for key, (_, told) in rows.items()
        if getattr(told, "present", False) or getattr(told, "event_count", 0)
    }
    if found != expected:
        raise Violation(f"partition {partition}: what is told differs from raw: {found} instead of {expected}")
