"""Whether what is kept of a range is what its raw events say: the events are folded again, and row by row compared. Pure.

Hashes are made anew from what the events say, never read, so an event that was changed behind everybody's back shows as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from usageflow_aggregator.domain.definition import Contribution, Definition, NotNumeric, contribute
from usageflow_aggregator.domain.digest import (
    EventCore,
    Properties,
    add_digests,
    event_digest,
    event_hash,
    value_salt,
)
from usageflow_aggregator.domain.fold import Effect, WindowKey, fold
from usageflow_common.metering import EMPTY, State, merge


class Place(NamedTuple):
    """A row: one window, and the source partition that counted it."""

    shard: int
    key: WindowKey


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says. `points`: how many events have each value of a UNIQUE metric; values that none has are left out."""

    state: State
    digest: int
    points: Mapping[bytes, int] = field(default_factory=dict)


NOTHING_KEPT: Final = Row(EMPTY, 0)
"""A window without events, whether there is a row of it or not."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what its events say."""

    place: Place
    kept: Row
    rebuilt: Row


class RawEvent(NamedTuple):
    """An event as it counts now, and where it stands."""

    shard: int
    offset: int
    core: EventCore
    salt: bytes
    properties: Properties


Admitted = Mapping[tuple[int, str], Set[str]]
"""(shard, customer) → the groups that were admitted there."""


class Rebuilding:
    """Folds raw events of one metric again, chunk after chunk; holds rows, never events."""

    def __init__(self, definition: Definition, digest_key: bytes, admitted: Admitted) -> None:
        self._definition = definition
        self._digest_key = digest_key
        self._admitted = admitted
        self._rows: dict[Place, Row] = {}
        self.events = 0

    def add(self, events: Iterable[RawEvent]) -> None:
        """Fold some more of them."""
        by_shard: dict[int, list[Effect]] = {}
        for event in events:
            by_shard.setdefault(event.shard, []).append(self._effect(event))
            self.events += 1
        for shard, effects in by_shard.items():
            self._fold(shard, effects)

    def rows(self) -> Mapping[Place, Row]:
        """Everything folded so far."""
        return self._rows

    def _fold(self, shard: int, effects: list[Effect]) -> None:
        def place(_org_id: object, customer_id: str, contribution: Contribution) -> str:
            admitted = self._admitted.get((shard, customer_id), frozenset())
            return contribution.group if contribution.group in admitted else contribution.definition.other

        for key, change in fold((), effects, place).items():
            points = {value: point.event_count for value, point in change.points.items()}
            row = Row(change.came, change.digest, points)
            where = Place(shard, key)
            self._rows[where] = self._together(self._rows[where], row) if where in self._rows else row

    def _together(self, left: Row, right: Row) -> Row:
        points = dict(left.points)
        for value, count in right.points.items():
            points[value] = points.get(value, 0) + count
        state = merge(self._definition.aggregation, left.state, right.state)
        return Row(state, add_digests((left.digest, right.digest)), points)

    def _effect(self, event: RawEvent) -> Effect:
        core = event.core
        salt = value_salt(self._digest_key, core.org_id)
        contribution = contribute(self._definition, core.amount, event.properties, salt)
        proof = event_hash(core, event.salt, event.properties)
        return Effect(
            sign=1,
            offset=event.offset,
            org_id=core.org_id,
            event_id=core.event_id,
            customer_id=core.customer_id,
            occurred_at=core.occurred_at,
            digest=event_digest(self._digest_key, proof),
            # A property that is no number any more adds nothing; the digest tells that it changed.
            contributions=() if isinstance(contribution, NotNumeric) else (contribution,),
            backfill_id=core.backfill_id,
        )


def compare(kept: Mapping[Place, Row], rebuilt: Mapping[Place, Row]) -> list[Difference]:
    """Every row in which the two differ, in the order of places."""
    return [
        Difference(place, kept.get(place, NOTHING_KEPT), rebuilt.get(place, NOTHING_KEPT))
        for place in sorted(kept.keys() | rebuilt.keys())
        if kept.get(place, NOTHING_KEPT) != rebuilt.get(place, NOTHING_KEPT)
    ]
