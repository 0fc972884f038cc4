"""What a search for events asks for, and how far it has come. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import TypeAlias
from uuid import UUID


class Order(Enum):
    """By the log (which is the order of receipt, to within milliseconds) or by event time; `-`: descending."""

    RECEIVED = "receivedAt"
    RECEIVED_LAST = "-receivedAt"
    TIME = "timestamp"
    TIME_LAST = "-timestamp"

    @property
    def is_descending(self) -> bool:
        """The latest first."""
        return self.value.startswith("-")

    @property
    def is_of_log(self) -> bool:
        """By the order of the log."""
        return self in {Order.RECEIVED, Order.RECEIVED_LAST}


@dataclass(frozen=True, slots=True)
class Search:
    """Every condition must hold; None: no condition. Times are half-open ranges. `event_ids`: those that a key can mean."""

    order: Order
    metric: str | None
    customer_ids: tuple[str, ...] | None
    event_ids: tuple[UUID, ...] | None
    occurred_from: datetime | None
    occurred_to: datetime | None
    received_from: datetime | None
    received_to: datetime | None
    statuses: tuple[str, ...] | None
    backfill_id: UUID | None
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """An event's place in the order asked for; `at` is the append time, or the event's own."""

    at: datetime
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class LogPosition:
    """How far each partition of the log has been looked through: everything up to this offset, this one excluded, is still to come."""

    bounds: Mapping[int, int]


Position: TypeAlias = Key | LogPosition


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one look at a partition came across: its last event there, and whether it stopped because it had seen enough."""

    partition: int
    edge: Key | None
    is_full: bool


def frontier_of(scans: list[Scanned], order: Order) -> Key | None:
    """Up to here all partitions have been seen; None when there is nothing behind what was seen."""
    edges = [scan.edge for scan in scans if scan.is_full and scan.edge is not None]
    if not edges:
        return None
    choose = max if order.is_descending else min
    return choose(edges, key=lambda key: (key.at, key.partition, key.offset))


def moved(position: LogPosition, seen: Mapping[int, int]) -> LogPosition:
    """The position behind what was seen: partition → the last offset of it."""
    return replace(position, bounds={**position.bounds, **seen})
