"""Random usage as counting leaves it in the tables, and what it amounts to in plain Python that knows neither windows nor SQL."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from usageflow_aggregator.domain.digest import (
    DIGEST_MODULUS,
    EventCore,
    event_digest,
    event_hash,
    value_hash,
    value_salt,
)
from usageflow_aggregator.service.days import make_days
from usageflow_aggregator.store.days import record_days
from usageflow_common.clock import window_start
from usageflow_common.database import json_text, raw, transaction
from usageflow_common.ids import event_id, new_id
from usageflow_common.metering import EMPTY, OTHER, add_event, canonical_text, group_key

DIGEST_KEY = bytes(range(32))
START = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
"""A few hours before a clock change in Europe."""
REVERTED_OFFSET = 1_000
NUMBERED = {"SUM", "AVG", "MIN", "MAX", "LATEST", "WEIGHTED_SUM"}


@dataclass(frozen=True)
class Event:
    """An event as it counts now."""

    event_id: UUID
    partition: int
    offset: int
    customer_id: str
    at: datetime
    amount: Decimal
    properties: dict

    def group(self, keys, admitted):
        """The group that it is counted under."""
        own = {key: canonical_text(self.properties.get(key)) for key in keys}
        key = group_key(own)
        return own if not keys or (self.customer_id, self.partition, key) in admitted else dict.fromkeys(keys, OTHER)


class StoredUsage:
    """One metric's usage: events of three customers in two partitions over some hours, some amended, voided or in a reverted backfill."""

    def __init__(self, seed, aggregation, *, group_by=(), value_property=None, events=70):
        self.random = random.Random(f"{seed} {aggregation}")  # noqa: S311 -- chance, not secrecy
        self.org_id, self.metric_id, self.backfill_id = new_id(), new_id(), new_id()
        self.aggregation, self.value_property = aggregation, value_property
        self.group_by = tuple(sorted(group_by))
        self.salt = value_salt(DIGEST_KEY, self.org_id)
        self.sent = [self._event(number) for number in range(events)]
        self.corrections, self.effective, self.in_backfill = [], [], set()
        for number, event in enumerate(self.sent):
            match self.random.choice(["keep"] * 6 + ["amend", "amend twice", "void", "revert"]):
                case "revert":
                    self.in_backfill.add(event.offset)
                case "void":
                    self.corrections.append((event, 2, None))
                case "amend" | "amend twice" as kind:
                    revisions = 2 if kind == "amend" else 3
                    for revision in range(2, revisions + 1):
                        changed = replace(self._event(number), customer_id=event.customer_id, partition=event.partition)
                        self.corrections.append((event, revision, changed))
                    self.effective.append(changed)
                case _:
                    self.effective.append(event)
        # Some groups came too late to be admitted.
        groups = {
            (
                event.customer_id,
                event.partition,
                group_key({key: canonical_text(event.properties.get(key)) for key in self.group_by}),
            )
            for event in self.effective
        }
        self.admitted = set(sorted(groups)[: len(groups) * 2 // 3])

    def _event(self, number):
        choose = self.random.choice
        return Event(
            event_id(self.org_id, f"call-{number}"),
            choose([0, 1]),
            number,
            choose(["ann", "bob", "eve"]),
            START + timedelta(seconds=self.random.randrange(8 * 3600), microseconds=choose([0, 0, 1, 999_999])),
            Decimal(self.random.randrange(-500, 2_000)).scaleb(-choose([0, 0, 2, 12])),
            {
                name: value
                for name, value in [
                    ("region", choose(["eu", "us", "", 'ä"\\\n', None, 7, Decimal("7.0"), True])),
                    ("tier", choose(["free", "pro", None])),
                    ("size", self._amount(number)),
                ]
                if value is not None
            },
        )

    def _amount(self, number):
        return self.random.choice([number, Decimal(number).scaleb(-3), f"{number}.50"])

    def value(self, event):
        """What the metric takes."""
        return event.amount if self.value_property is None else Decimal(str(event.properties[self.value_property]))

    async def store(self, engine):
        """Insert everything: raw events, corrections, and the windows, points and groups that they amount to."""
        await make_days(engine, [START.date()])
        async with transaction(engine) as tx:
            happened = {(self.org_id.int, event.at.date(), START.date()) for event in self.sent}
            await record_days(tx, happened)
            connection = await raw(tx)
            await connection.executemany(
                _insert("usage_events", "org_id, partition, log_offset, event_id, idempotency_key, metric, metric_ids,"
                        " amount, customer_id, occurred_at, occurred_at_given, properties, salt, event_hash, received_at,"
                        " appended_at, backfill_id, day"),
                [
                    (self.org_id, e.partition, e.offset, e.event_id, f"call-{e.offset}", "API_CALL", [self.metric_id], e.amount,
                     e.customer_id, e.at, True, json_text(e.properties), bytes(16), bytes(32),
                     START + timedelta(seconds=e.offset), START + timedelta(seconds=e.offset),
                     self.backfill_id if e.offset in self.in_backfill else None, START.date())
                    for e in self.sent
                ],
            )  # fmt: skip
            await connection.executemany(
                _insert("event_corrections", "org_id, partition, log_offset, revision, event_id, customer_id, correction_id,"
                        " correction_offset, kind, amount, occurred_at, properties, metric_ids, event_hash, reason, actor,"
                        " received_at, appended_at, day"),
                [self._correction(*correction) for correction in self.corrections],
            )  # fmt: skip
            await connection.executemany(
                _insert("event_keys", "org_id, event_id, generation, payload_hash, partition, log_offset, day"),
                [(self.org_id, e.event_id, 1, bytes(32), e.partition, e.offset, START.date()) for e in self.sent],
            )
            await connection.executemany(
                _insert(
                    "backfill_counts", "org_id, backfill_id, shard, counted, reverted, reverted_by, reverted_offset"
                ),
                [(self.org_id, self.backfill_id, shard, 0, 0, new_id(), REVERTED_OFFSET) for shard in (0, 1)],
            )
            await connection.executemany(
                _insert("group_values", "org_id, metric_id, customer_id, shard, group_key"),
                [(self.org_id, self.metric_id, *admitted) for admitted in sorted(self.admitted)],
            )
            await self._store_windows(connection)

    def _correction(self, event, revision, changed):
        whole = (None,) * 5
        if changed is not None:
            whole = (changed.amount, changed.at, json_text(changed.properties), [self.metric_id], bytes(32))
        actor = json_text({"type": "user", "id": str(new_id())})
        return (self.org_id, event.partition, event.offset, revision, event.event_id, event.customer_id, new_id(),
                900 + revision, "void" if changed is None else "amend", *whole, "wrong", actor, START, START, START.date())  # fmt: skip

    async def _store_windows(self, connection):
        states, points, digests = defaultdict(lambda: EMPTY), defaultdict(int), defaultdict(int)
        changed = self._changed_before()
        for event in self.effective:
            group = group_key(event.group(self.group_by, self.admitted))
            key = (event.customer_id, window_start(event.at), group, event.partition)
            digests[key] += self.digest(event)
            value = self.value(event) if self.aggregation in NUMBERED else Decimal(0)
            states[key] = add_event(self.aggregation, states[key], value, event.at, event.event_id)
            if self.aggregation == "UNIQUE" and (text := canonical_text(event.properties.get(self.value_property))):
                points[(*key, value_hash(self.salt, text))] += 1
        await connection.executemany(
            _insert("aggregated_usage", "org_id, metric_id, customer_id, window_start_at, group_key, shard, generation, version,"
                    " changed_before_offset, event_count, total, digest, delta_seconds, value, value_at, value_event_id"),
            [
                (self.org_id, self.metric_id, *key, 1, s.event_count, offset, s.event_count, s.total, digests[key] % DIGEST_MODULUS,
                 s.delta_seconds, s.value, s.at, s.event_id)
                for key, offset in changed.items()
                for s in [states[key]]
            ],
        )  # fmt: skip
        # A value that corrections took away stays, without events.
        points[("ann", window_start(START), "{}", 0, bytes(16))] = 0
        await connection.executemany(
            _insert("unique_values", "org_id, metric_id, customer_id, window_start_at, group_key, shard, value_hash, generation,"
                    " version, event_count"),
            [(self.org_id, self.metric_id, *key, 1, count, count) for key, count in points.items()],
        )  # fmt: skip

    def _changed_before(self):
        """The windows that there ever were, and the offset behind which each changed last."""
        changed = defaultdict(int)

        def touch(event, offset):
            key = (
                event.customer_id,
                window_start(event.at),
                group_key(event.group(self.group_by, self.admitted)),
                event.partition,
            )
            changed[key] = max(changed[key], offset + 1)

        said = {event.offset: event for event in self.sent}
        for event in self.sent:
            touch(event, event.offset)
        for event, revision, new in self.corrections:
            touch(said[event.offset], 900 + revision)
            if new is not None:
                touch(new, 900 + revision)
                said[event.offset] = new
        for offset in self.in_backfill:
            touch(said[offset], REVERTED_OFFSET)
        return changed

    def digest(self, event):
        """Of an event as it stands in the columns."""
        core = EventCore(
            self.org_id, event.event_id, f"call-{event.offset}", "API_CALL", (self.metric_id,), event.amount,
            event.customer_id, event.at, self.backfill_id if event.offset in self.in_backfill else None,
        )  # fmt: skip
        return event_digest(DIGEST_KEY, event_hash(core, bytes(16), event.properties))

    def below(self, offset):
        """Make of it what it was when the log had come to an offset in front of all corrections."""
        self.effective = [event for event in self.sent if event.offset < offset]

    def amount(self, start, end, wanted):
        """(value, event count) of the events in a range that `wanted` accepts."""
        events = [e for e in self.effective if start <= e.at < end and wanted(e)]
        before = [e for e in self.effective if e.at < start and wanted(e)]
        return self._value(events, before, start, end), len(events)

    def _value(self, events, before, start, end):
        match self.aggregation:
            case "COUNT":
                return Decimal(len(events))
            case "UNIQUE":
                return Decimal(len({canonical_text(e.properties.get(self.value_property)) for e in events} - {""}))
            case "SUM":
                return _decimal(sum(Fraction(self.value(e)) for e in events))
            case "AVG":
                return _decimal(Fraction(sum(Fraction(self.value(e)) for e in events), len(events))) if events else None
            case "MIN" | "MAX":
                return (min if self.aggregation == "MIN" else max)((self.value(e) for e in events), default=None)
            case "LATEST":
                latest = max(events, key=lambda e: (e.at, e.event_id.int), default=None)
                return None if latest is None else self.value(latest)
            case "WEIGHTED_SUM":
                return self._weighted(events, before, start, end)

    def _weighted(self, events, before, start, end):
        level = sum(Fraction(self.value(e)) for e in before)
        if not events and not level:
            return None
        area, since = Fraction(0), start
        for event in sorted(events, key=lambda e: e.at):
            area += level * _seconds(event.at - since)
            level, since = level + Fraction(self.value(event)), event.at
        area += level * _seconds(end - since)
        return _decimal(area / _seconds(end - start))


def _seconds(span):
    return Fraction(span // timedelta(microseconds=1), 10**6)


def _decimal(fraction):
    """Half up to 12 places."""
    scaled = abs(fraction) * 10**12
    whole = int(scaled + Fraction(1, 2))
    return Decimal(whole if fraction >= 0 else -whole).scaleb(-12)


def _insert(table, columns):
    count = len(columns.split(","))
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f'${number}' for number in range(1, count + 1))})"
