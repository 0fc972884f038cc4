"""Counting again from what is stored: every hash is made anew from the columns, so an event that was tampered with shows. Pure."""

from __future__ import annotations

from decimal import Decimal

from usageflow_aggregator.domain.digest import EventCore, Properties, event_digest, event_hash
from usageflow_aggregator.domain.fold import Addition
from usageflow_aggregator.domain.measure import NOTHING, Aggregation, NotNumeric, measure


def recount(
    key: bytes, aggregation: Aggregation, core: EventCore, salt: bytes, properties: Properties, *, offset: int
) -> Addition:
    """What the event adds to its window now. A property that is no longer numeric adds nothing; the digest tells that it changed."""
    amount = measure(aggregation, core.amount, properties)
    total: Decimal = NOTHING if isinstance(amount, NotNumeric) else amount
    return Addition(1, total, event_digest(key, event_hash(core, salt, properties)), offset)
