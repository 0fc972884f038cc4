"""How many events of a batch were received when: counted, repeated, late. By quarter hours of receipt, since a day of it is looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from usageflow_aggregator.domain.ledger import Settlement
from usageflow_aggregator.domain.reading import Usage
from usageflow_common.clock import WINDOW

LATE: Final = timedelta(hours=1)
"""An event that is received more than this after its own time is late."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTERS_A_DAY: Final = 96
_QUARTER_SECONDS: Final = 900


@dataclass(slots=True)
class Receipt:
    """What was received of an organization in one quarter hour. `late` are some of the counted."""

    org_id: UUID
    window_start_at: datetime
    counted: int = 0
    duplicates: int = 0
    late: int = 0


def receipts_of(settlement: Settlement) -> list[Receipt]:
    """In the order of organizations and quarter hours, so that two partitions never meet crosswise."""
    found: dict[tuple[int, int], Receipt] = {}
    for receipt, usage in _each(found, settlement.fresh):
        receipt.counted += 1
        if usage.event.received_at - usage.event.occurred_at > LATE:
            receipt.late += 1
    for receipt, _ in _each(found, settlement.duplicates):
        receipt.duplicates += 1
    return [found[key] for key in sorted(found)]


def _each(found: dict[tuple[int, int], Receipt], usages: Iterable[Usage]) -> Iterable[tuple[Receipt, Usage]]:
    for usage in usages:
        since = usage.event.received_at - _EPOCH
        key = (usage.key[0], since.days * _QUARTERS_A_DAY + since.seconds // _QUARTER_SECONDS)
        receipt = found.get(key)
        if receipt is None:
            receipt = found[key] = Receipt(usage.event.org_id, _EPOCH + key[1] * WINDOW)
        yield receipt, usage
