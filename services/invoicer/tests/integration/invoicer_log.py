"""The aggregator as the invoicer sees it: what it has counted, window by window, and what it answers when it counts again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import WINDOW, window_start
from usageflow_common.database import raw, transaction
from usageflow_common.kafka import Applied, Outcome
from usageflow_common.metering import EMPTY, Aggregation, Level, State, add_event, encode_state, value_of
from usageflow_common.money import EXACT
from usageflow_common.records import UniquePoint, UsageAggregated, WindowState
from usageflow_invoicer.domain.chain import Read
from usageflow_invoicer.domain.plans import Group
from usageflow_invoicer.domain.usage import DIGEST_MODULUS, Usage, digest_text
from usageflow_invoicer.service.apply import apply_batch
from usageflow_invoicer.service.evidence import Question, Windows
from usageflow_invoicer.service.evidence import Window as ShownWindow

EVENT = b'{"customerId":"user_123","properties":{"ratio":0.12345678901234567890,"size":1e400}}'
"""An event as the aggregator shows it, with numbers that no float holds."""


def at(text: str) -> datetime:
    """`2026-03-01` or `2026-03-01T10:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it lies in events.raw. To UNIQUE the amount is the value that is or is not another one."""

    customer_id: str
    metric_id: UUID
    partition: int
    offset: int
    at: datetime
    amount: Decimal
    group: str | None = None

    @property
    def digest(self) -> int:
        """Stands for the aggregator's keyed hash of the event."""
        return int.from_bytes(hashlib.sha256(f"{self.partition}/{self.offset}/{self.amount}".encode()).digest(), "big")

    @property
    def event_id(self) -> UUID:
        """Unique to the event."""
        return UUID(int=self.digest >> 128)

    @property
    def value_hash(self) -> str:
        """Stands for the aggregator's keyed hash of the value."""
        return hashlib.sha256(str(self.amount).encode()).hexdigest()[:32]


class Window(NamedTuple):
    """One row of aggregated_usage."""

    org_id: UUID
    customer_id: str
    metric_id: UUID
    start_at: datetime
    partition: int
    group: str | None


@dataclass(slots=True)
class Log:
    """What the aggregator has counted, per partition; it can count all of it again, below any cut."""

    engine: AsyncEngine
    counted: list[Event] = field(default_factory=list)
    voids: dict[Event, int] = field(default_factory=dict)
    """The offset of each void, in its event's partition."""
    aggregations: dict[UUID, Aggregation] = field(default_factory=dict)
    generations: dict[int, int] = field(default_factory=dict)
    windows: dict[Window, list[Event]] = field(default_factory=dict)
    versions: dict[Window, int] = field(default_factory=dict)

    async def standing(self, partition: int) -> tuple[int, int]:
        """Applied offset and position of a partition."""
        async with transaction(self.engine) as tx:
            row = await (await raw(tx)).fetchrow(
                "SELECT applied, position FROM applied_offsets WHERE partition = $1", partition
            )
        assert row is not None
        return row["applied"], row["position"]

    def generation(self, partition: int) -> int:
        """Of the partition's shard."""
        return self.generations.get(partition, 1)

    async def record(self, org_id: UUID, partition: int, events: Sequence[Event] = (), **more: Any) -> UsageAggregated:
        """The record that follows: these events counted, whatever else it says."""
        applied, _ = await self.standing(partition)
        self.counted.extend(events)
        for event in events:
            window = self.window(org_id, event)
            self.windows.setdefault(window, []).append(event)
            self.versions[window] = self.versions.get(window, 0) + 1
        after = applied + max(len(events), 1)
        return self._record(
            partition, [(self.window(org_id, event), event) for event in events], applied, after, **more
        )

    async def void(self, org_id: UUID, event: Event) -> UsageAggregated:
        """The record that follows: this event counts no more."""
        applied, _ = await self.standing(event.partition)
        self.voids[event] = applied
        window = self.window(org_id, event)
        self.versions[window] += 1
        return self._record(event.partition, [(window, event)], applied, applied + 1)

    async def rebuild(self, partition: int, windows: Iterable[Window]) -> UsageAggregated:
        """A higher generation, opened by these windows as they are, of versions that begin anew."""
        applied, _ = await self.standing(partition)
        before = self.generation(partition)
        self.generations[partition] = before + 1
        chosen = list(windows)
        for window in chosen:
            self.versions[window] = 0
        touched = [(window, event) for window in chosen for event in self.windows[window]]
        return self._record(partition, touched, applied, applied, opens_after=before)

    async def republish(self, partition: int, parts: int, after: int | None = None) -> list[UsageAggregated]:
        """The whole shard in a higher generation; windows without events are not in it any more."""
        applied, _ = await self.standing(partition)
        self.generations[partition] = self.generation(partition) + 1
        mine = [w for w in self.windows if w.partition == partition and self.effective(w)]
        for window in mine:
            self.versions[window] = len(self.effective(window))
        return [
            self._record(
                partition,
                [(window, event) for window in mine[part - 1 :: parts] for event in self.effective(window)],
                None,
                applied if after is None else after,
                part=part,
                parts=parts,
            )
            for part in range(1, parts + 1)
        ]

    def _record(
        self,
        partition: int,
        touched: Sequence[tuple[Window, Event]],
        start: int | None,
        after: int,
        **more: Any,
    ) -> UsageAggregated:
        states = [self.state(window) for window in dict.fromkeys(window for window, _ in touched)]
        points = {(w, e.value_hash): e for w, e in touched if self.aggregation(w.metric_id) == "UNIQUE"}
        fields = {"generation": self.generation(partition), "partition": partition, "from_": start, "next": after}
        return UsageAggregated(
            **(fields | more), states=tuple(states), points=tuple(self.point(w, e) for (w, _), e in points.items())
        )

    def state(self, window: Window) -> WindowState:
        """As the aggregator would send it now."""
        events, aggregation = self.effective(window), self.aggregation(window.metric_id)
        return WindowState(
            **_place(window),
            version=self.versions[window],
            state=encode_state(aggregation, fold(aggregation, events)),
            event_count=len(events),
            digest=digest_text(digest_of(events)),
        )

    def point(self, window: Window, event: Event) -> UniquePoint:
        """Whether an event of the window still has this value."""
        return UniquePoint(
            **_place(window),
            value_hash=event.value_hash,
            present=any(other.value_hash == event.value_hash for other in self.effective(window)),
            version=self.versions[window],
        )

    def effective(self, window: Window) -> list[Event]:
        """Events of the window that still count."""
        return [event for event in self.windows[window] if event not in self.voids]

    def aggregation(self, metric_id: UUID) -> Aggregation:
        """The metric's."""
        return self.aggregations.get(metric_id, "SUM")

    @staticmethod
    def window(org_id: UUID, event: Event) -> Window:
        """The window that an event falls into."""
        return Window(org_id, event.customer_id, event.metric_id, window_start(event.at), event.partition, event.group)

    async def apply(self, *records: UsageAggregated) -> Outcome:
        """Hand records to the invoicer, where it stands."""
        partition = records[0].partition
        _, position = await self.standing(partition)
        reads = [Read(position + index, record) for index, record in enumerate(records)]
        return await apply_batch(self.engine, partition, position, reads)

    async def apply_all(self, *records: UsageAggregated) -> None:
        """The same, of records that fit."""
        assert isinstance(await self.apply(*records), Applied)

    async def recount(self, question: Question) -> Usage:
        """As the aggregator would recount raw events below the cut."""
        below = self._below(question)
        events = [event for event in below if event.at >= question.start_at]
        return Usage(len(events), self._value(question, below, question.start_at, question.end_at), digest_of(events))

    async def recount_values(self, question: Question, key: str) -> dict[str, Usage]:
        """The same for each value of a key."""
        values = {event.group or "" for event in self._below(question)}
        return {value: await self.recount(replace(question, group=Group(key, value))) for value in values}

    async def explain(self, question: Question, *, cursor: str | None, limit: int) -> Windows:
        """As the aggregator would show them."""
        below = self._below(question)
        events = [event for event in below if event.at >= question.start_at]
        found = []
        for start_at in sorted({window_start(event.at) for event in events})[:limit]:
            end_at = start_at + WINDOW
            mine = [event for event in events if start_at <= event.at < end_at]
            value = self._value(question, below, start_at, end_at)
            found.append(ShownWindow(start_at, end_at, value, len(mine), digest_text(digest_of(mine))))
        return Windows(await self.recount(question), tuple(found), cursor)

    def _value(
        self, question: Question, below: Sequence[Event], start_at: datetime, end_at: datetime
    ) -> Decimal | None:
        return measured(self.aggregation(question.metric_id), below, start_at, end_at)

    async def events(
        self, question: Question, *, cursor: str | None, limit: int
    ) -> tuple[tuple[msgspec.Raw, ...], str | None]:
        """The events themselves."""
        found = [event for event in self._below(question) if event.at >= question.start_at][:limit]
        return (msgspec.Raw(EVENT),) * len(found), cursor

    def _below(self, question: Question) -> list[Event]:
        """Events below the cut, from the beginning of time to the end of the range."""
        return [
            event
            for event in self.counted
            if (event.customer_id, event.metric_id) == (question.customer_id, question.metric_id)
            and event.at < question.end_at
            and (question.group is None or (event.group or "") == question.group.value)
            and event.offset < question.cut[event.partition]
            and not self.voids.get(event, question.cut[event.partition]) < question.cut[event.partition]
        ]


def measured(aggregation: Aggregation, events: Iterable[Event], start_at: datetime, end_at: datetime) -> Decimal | None:
    """The value of a range, of all events from the beginning of time on."""
    known = list(events)
    mine = [event for event in known if start_at <= event.at < end_at]
    opening = Decimal(0)
    for event in known:
        opening = EXACT.add(opening, event.amount) if event.at < start_at else opening
    distinct = len({event.value_hash for event in mine})
    level = Level(opening, start_at, end_at)
    return value_of(aggregation, fold(aggregation, mine), distinct=distinct, level=level)


def fold(aggregation: Aggregation, events: Iterable[Event]) -> State:
    """Event by event."""
    state = EMPTY
    for event in events:
        state = add_event(aggregation, state, event.amount, event.at, event.event_id)
    return state


def digest_of(events: Iterable[Event]) -> int:
    """Of all of them."""
    return sum(event.digest for event in events) % DIGEST_MODULUS


def _place(window: Window) -> dict[str, Any]:
    return {
        "org_id": window.org_id,
        "metric_id": window.metric_id,
        "customer_id": window.customer_id,
        "window_start_at": window.start_at,
        "group": {} if window.group is None else {"region": window.group},
    }
