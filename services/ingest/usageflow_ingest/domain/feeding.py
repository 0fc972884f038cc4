"""Which metrics an event feeds: all that name it, prepared once, so that an event pays only for what they ask of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from usageflow_common.metering import Matches, Properties, matcher
from usageflow_common.records import MetricRecord

_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """An active metric. It counts events received from `begins_at` on that it `matches`; None: all of them.

    `metric_id` is text, as records carry it. `value_property`: what it needs of an event besides the amount; `needs_number` is false
    where any value will do.
    """

    metric_id: str
    code: str
    begins_at: datetime
    matches: Matches | None
    value_property: str | None
    needs_number: bool


@dataclass(frozen=True, slots=True)
class EventMetrics:
    """All metrics that name one event. `feeds`: the active ones, in the order of their ids; all have begun at `settled_at`.

    `plain_ids`: theirs, where none of them looks at an event.
    """

    are_known: bool
    feeds: tuple[Feed, ...]
    settled_at: datetime
    plain_ids: tuple[str, ...] | None

    @classmethod
    def of(cls, metrics: Iterable[MetricRecord]) -> EventMetrics:
        """The first metric of an event name counts whatever this machine's clock says: the one that made it may be ahead."""
        ordered = sorted(metrics, key=lambda metric: metric.metric_id)
        first = min(ordered, key=lambda metric: (metric.active_from, metric.metric_id), default=None)
        active = [metric for metric in ordered if metric.status == "active"]
        feeds = tuple(_feed(metric, _ALWAYS if metric is first else metric.active_from) for metric in active)
        plain = all(feed.matches is None and feed.value_property is None for feed in feeds)
        return cls(
            are_known=bool(ordered),
            feeds=feeds,
            settled_at=max((feed.begins_at for feed in feeds), default=_ALWAYS) if len(feeds) > 1 else _ALWAYS,
            plain_ids=tuple(feed.metric_id for feed in feeds) if plain else None,
        )

    def fed_by(self, properties: Properties, received_at: datetime) -> tuple[Feed, ...]:
        """Those whose time has come and whose filters hold.

        Where none has begun, all count: nothing is refused in the minute in which one metric has ended and the next has not begun.
        """
        feeds = self.feeds
        if received_at < self.settled_at:
            feeds = tuple(feed for feed in feeds if feed.begins_at <= received_at) or feeds
        return tuple(feed for feed in feeds if feed.matches is None or feed.matches(properties))


NO_METRICS: Final = EventMetrics.of(())


def _feed(metric: MetricRecord, begins_at: datetime) -> Feed:
    return Feed(
        metric_id=str(metric.metric_id),
        code=metric.code,
        begins_at=begins_at,
        matches=matcher(metric.filters) if metric.filters else None,
        value_property=metric.value_property if metric.aggregation != "COUNT" else None,
        needs_number=metric.aggregation != "UNIQUE",
    )
