"""The fold: what a batch changes in each window. Events come and go, and any order and any split of them give the same windows.

Sums can be subtracted. A highest, lowest or latest value cannot: where the foremost of those that went is what the window would still
show, the window has to be folded again from raw events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from usageflow_aggregator.domain.definition import NO_GROUP, NOTHING, Contribution, Definition
from usageflow_aggregator.domain.digest import DIGEST_MODULUS
from usageflow_aggregator.domain.reading import Usage
from usageflow_common.clock import window_start
from usageflow_common.metering import EMPTY, State, add_event
from usageflow_common.money import EXACT

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SUMMED: Final = frozenset({"COUNT", "SUM", "AVG"})


class WindowKey(NamedTuple):
    """One window of one metric of one customer, and one group in it."""

    org_id: UUID
    metric_id: UUID
    customer_id: str
    window_start_at: datetime
    group_key: str = NO_GROUP


class Effect(NamedTuple):
    """An event as it comes (`sign` 1) or goes (-1). `offset`: of the record that makes it so."""

    sign: int
    offset: int
    org_id: UUID
    event_id: UUID
    customer_id: str
    occurred_at: datetime
    digest: int
    contributions: tuple[Contribution, ...]
    backfill_id: UUID | None


class PointChange(NamedTuple):
    """A value of a UNIQUE metric: how many more events have it, by how many operations."""

    event_count: int
    operations: int


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one window: those that came, those that went, and the difference of their digests (mod 2^256).

    `last_offset`: of the last record that changed it. `points`: by value hash.
    """

    key: WindowKey
    definition: Definition
    came: State
    went: State
    digest: int
    last_offset: int
    points: Mapping[bytes, PointChange] = field(default_factory=dict)

    @property
    def operations(self) -> int:
        """How many events came or went."""
        return self.came.event_count + self.went.event_count

    @property
    def event_count(self) -> int:
        """How many more there are now."""
        return self.came.event_count - self.went.event_count

    @property
    def total(self) -> Decimal:
        """By how much the sum grows."""
        return EXACT.subtract(self.came.total, self.went.total) if self.went.event_count else self.came.total

    @property
    def delta_seconds(self) -> Decimal:
        """By how much Σδ·t grows."""
        return EXACT.subtract(self.came.delta_seconds, self.went.delta_seconds)


PlaceGroup = Callable[[UUID, str, Contribution], str]
"""(organization, customer, contribution) → the group that it is counted under: its own, or the other one."""


def own_group(_org_id: UUID, _customer_id: str, contribution: Contribution) -> str:
    """A place for each group, where no cap is to be kept."""
    return contribution.group


def fold(
    usages: Iterable[Usage], effects: Iterable[Effect] = (), place: PlaceGroup = own_group
) -> dict[WindowKey, Change]:
    """Group new events and further effects by window; one event changes a window of each metric that it feeds.

    In the order of keys, so that neighbours in the table are met together.
    """
    windows = _Windows(place)
    for usage in usages:
        event = usage.event
        for contribution in usage.contributions:
            sums = windows.of(event.org_id, event.customer_id, event.occurred_at, contribution)
            if contribution.definition.aggregation in _SUMMED:
                sums.add(contribution.value, usage.digest, usage.offset)
            else:
                sums.apply(effect_of(usage), contribution)
    for effect in effects:
        for contribution in effect.contributions:
            windows.of(effect.org_id, effect.customer_id, effect.occurred_at, contribution).apply(effect, contribution)
    return {change.key: change for change in windows.changes()}


def effect_of(usage: Usage) -> Effect:
    """A new event, as it comes."""
    event = usage.event
    return Effect(
        sign=1,
        offset=usage.offset,
        org_id=event.org_id,
        event_id=event.event_id,
        customer_id=event.customer_id,
        occurred_at=event.occurred_at,
        digest=usage.digest,
        contributions=usage.contributions,
        backfill_id=event.backfill_id,
    )


class _Windows:
    """The windows of a fold while it runs."""

    def __init__(self, place: PlaceGroup) -> None:
        self._place = place
        self._sums: dict[tuple[int, int, str, int, str], _Sums] = {}

    def of(self, org_id: UUID, customer_id: str, at: datetime, contribution: Contribution) -> _Sums:
        definition, group = contribution.definition, contribution.group
        if group != NO_GROUP:
            group = self._place(org_id, customer_id, contribution)
        # By integers: comparing UUIDs for each event would cost more than adding it.
        since = at - _EPOCH
        key = (org_id.int, definition.metric_id.int, customer_id, since.days * 96 + since.seconds // 900, group)
        sums = self._sums.get(key)
        if sums is None:
            named = WindowKey(org_id, definition.metric_id, customer_id, window_start(at), group)
            sums = self._sums[key] = _Sums(named, definition)
        return sums

    def changes(self) -> list[Change]:
        return [self._sums[key].change() for key in sorted(self._sums)]


class _Sums:
    """A window while its events come and go."""

    __slots__ = ("_came", "_count", "_definition", "_digest", "_key", "_last_offset", "_points", "_total", "_went")

    def __init__(self, key: WindowKey, definition: Definition) -> None:
        self._key = key
        self._definition = definition
        self._count = 0
        self._total = NOTHING
        self._digest = 0
        self._last_offset = -1
        self._came = EMPTY
        self._went = EMPTY
        self._points: dict[bytes, PointChange] = {}

    def add(self, value: Decimal, digest: int, offset: int) -> None:
        """A new event of a metric that adds up: what nearly all of them are."""
        self._count += 1
        self._total = EXACT.add(self._total, value)
        self._digest += digest
        self._last_offset = max(self._last_offset, offset)

    def apply(self, effect: Effect, contribution: Contribution) -> None:
        """Any event, coming or going."""
        aggregation = self._definition.aggregation
        at, event_id = effect.occurred_at, effect.event_id
        if effect.sign > 0:
            self._came = add_event(aggregation, self._came, contribution.value, at, event_id)
        else:
            self._went = add_event(aggregation, self._went, contribution.value, at, event_id)
        self._digest += effect.sign * effect.digest
        self._last_offset = max(self._last_offset, effect.offset)
        if contribution.point is not None:
            count, operations = self._points.get(contribution.point, (0, 0))
            self._points[contribution.point] = PointChange(count + effect.sign, operations + 1)

    def change(self) -> Change:
        came = self._came
        if self._count:
            came = State(came.event_count + self._count, EXACT.add(came.total, self._total))
        digest = self._digest % DIGEST_MODULUS
        return Change(self._key, self._definition, came, self._went, digest, self._last_offset, self._points)
