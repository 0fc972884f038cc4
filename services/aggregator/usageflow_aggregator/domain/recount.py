"""Counting again from what is stored: every hash is made anew from the columns, so an event that was tampered with shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from usageflow_aggregator.domain.digest import EventCore, Properties, event_digest, event_hash
from usageflow_common.clock import window_start
from usageflow_common.metering import EMPTY, Aggregation, State, add_event, merge, numeric

_NOTHING = Decimal(0)


@dataclass(slots=True)
class Tally:
    """What has been counted again so far. `digests`: the sum of the events' digests, not reduced."""

    state: State = EMPTY
    digests: int = 0


@dataclass(slots=True)
class Recounting:
    """Takes events in any order and keeps a tally of each quarter hour."""

    digest_key: bytes
    aggregation: Aggregation
    value_property: str | None
    windows: dict[datetime, Tally] = field(default_factory=dict)

    def add(self, core: EventCore, salt: bytes, properties: Properties) -> None:
        """One event. A property that is no longer numeric adds nothing to the value; the digest tells that it changed."""
        start_at = window_start(core.occurred_at)
        tally = self.windows.get(start_at)
        if tally is None:
            tally = self.windows[start_at] = Tally()
        value = self._value(core.amount, properties)
        if value is None:
            tally.state = merge(self.aggregation, tally.state, State(1))
        else:
            tally.state = add_event(self.aggregation, tally.state, value, core.occurred_at, core.event_id)
        tally.digests += event_digest(self.digest_key, event_hash(core, salt, properties))

    def total(self) -> Tally:
        """All windows together."""
        total = Tally()
        for tally in self.windows.values():
            total.state = merge(self.aggregation, total.state, tally.state)
            total.digests += tally.digests
        return total

    def _value(self, amount: Decimal, properties: Properties) -> Decimal | None:
        if self.aggregation in {"COUNT", "UNIQUE"}:
            return _NOTHING
        return amount if self.value_property is None else numeric(properties.get(self.value_property))
