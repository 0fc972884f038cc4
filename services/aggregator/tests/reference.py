"""What a log amounts to, said as plainly as it can be: one record after the other, and everything folded from nothing at the end.

It knows nothing of batches, transactions, differences or SQL. Whoever counts must come to the same windows, points, digests and account.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from usageflow_aggregator.domain.digest import EventCore, event_digest, event_hash, event_salt, value_hash, value_salt
from usageflow_common.clock import window_start
from usageflow_common.metering import EMPTY, add_event, canonical_text, group_key, group_of, numeric, other_group
from usageflow_common.records import AmendEvent, BackfillRevert, UsageEvent


@dataclass
class Entry:
    """A counted event as its corrections have left it."""

    shard: int
    event: UsageEvent
    revision: int = 1
    voided: bool = False
    applied: set = field(default_factory=set)


@dataclass
class Reference:
    """`metrics`: by id. Records are read in the order in which their batches were committed."""

    metrics: dict[Any, Any]
    digest_key: bytes
    groups_max: int
    entries: dict = field(default_factory=dict)
    payloads: dict = field(default_factory=dict)  # of all keys that are taken; None: by a tombstone
    reverted: set = field(default_factory=set)
    groups: dict = field(default_factory=dict)
    account: Counter = field(default_factory=Counter)
    versions: Counter = field(default_factory=Counter)  # of each row: events that came or went
    stale: set = field(default_factory=set)

    def read(self, shard, record):
        """One record of one partition."""
        if isinstance(record, UsageEvent):
            self.account[shard, self._use(shard, record)] += 1
            return
        self.account[shard, "correction"] += 1
        if isinstance(record, BackfillRevert):
            for entry in self.entries.values():
                if entry.shard == shard and entry.event.backfill_id == record.backfill_id:
                    self._move(entry)
            self.reverted.add((shard, record.backfill_id))
        else:
            self._correct(shard, record)

    def rows(self):
        """(shard, metric, customer, window, group) → (state, digest, values) of every row that has events."""
        rows = {}
        for entry in self.entries.values():
            event = entry.event
            for row, value, point in self._rows(entry):
                state, digest, points = rows.get(row, (EMPTY, 0, frozenset()))
                state = add_event(self.metrics[row[1]].aggregation, state, value, event.occurred_at, event.event_id)
                rows[row] = state, (digest + self._digest(event)) % 2**256, points | ({point} if point else set())
        return rows

    def _use(self, shard, event):
        if event.event_id in self.payloads:
            counted_with = self.payloads[event.event_id]
            return "duplicate" if counted_with in (None, event.payload_hash) else "conflict"
        self.payloads[event.event_id] = event.payload_hash
        self.entries[event.event_id] = entry = Entry(shard, event)
        self._move(entry)
        return "counted"

    def _correct(self, shard, record):
        amends = isinstance(record, AmendEvent)
        entry = self.entries.get(record.target_event_id)
        if entry is None:
            if amends:
                self.stale.add(record.event_id)
            else:
                self.payloads.setdefault(record.target_event_id, None)
            return
        if entry.shard != shard or record.event_id in entry.applied or (entry.voided and not amends):
            return  # passed on, or repeated
        if amends and (entry.voided or entry.revision != record.base_revision):
            self.stale.add(record.event_id)
            return
        self._move(entry)
        if amends:
            names = ("amount", "properties", "occurred_at", "metric_ids")
            new = {name: getattr(record, name) for name in names if getattr(record, name) is not None}
            entry.event = msgspec.structs.replace(entry.event, **new)
        entry.voided = not amends
        entry.revision += 1
        entry.applied.add(record.event_id)
        self._move(entry)

    def _move(self, entry):
        """The event comes, or goes."""
        for row, _, _ in self._rows(entry, admit=True):
            self.versions[row] += 1

    def _rows(self, entry, *, admit=False):
        event = entry.event
        if entry.voided or (entry.shard, event.backfill_id) in self.reverted:
            return
        for metric_id in event.metric_ids:
            metric = self.metrics[metric_id]
            found = event.properties.get(metric.value_property)
            value = Decimal(event.amount) if metric.value_property is None else numeric(found)
            group = group_key(group_of(metric.group_by, event.properties))
            other = group_key(other_group(metric.group_by))
            groups = self.groups.setdefault((entry.shard, metric_id, event.customer_id), [])
            if admit and group not in (*groups, other) and len(groups) < self.groups_max:
                groups.append(group)
            placed = group if group in groups or not metric.group_by else other
            row = (entry.shard, metric_id, event.customer_id, window_start(event.occurred_at), placed)
            point = None
            if metric.aggregation == "UNIQUE" and (text := canonical_text(found)):
                point = value_hash(value_salt(self.digest_key, event.org_id), text)
            yield row, value if value is not None else Decimal(0), point

    def _digest(self, event):
        core = EventCore(
            event.org_id, event.event_id, event.idempotency_key, event.metric, event.metric_ids, Decimal(event.amount),
            event.customer_id, event.occurred_at, event.backfill_id,
        )  # fmt: skip
        salt = event_salt(self.digest_key, event.org_id, event.event_id)
        return event_digest(self.digest_key, event_hash(core, salt, event.properties))
