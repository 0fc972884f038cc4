"""How much of a batch is counted at once: half as much after a transaction that outlasted its limit, until it fits. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

TOO_LONG: Final = timedelta(seconds=24)
"""A transaction that failed after that long was too large: statements end after 25 s, transactions after 30."""


@dataclass(slots=True)
class Portions:
    """What each partition is cut to, where a batch was too much."""

    _records: dict[int, int] = field(default_factory=dict)

    def most(self, partition: int) -> int | None:
        """So many records at once; None: as many as there are."""
        return self._records.get(partition)

    def failed(self, partition: int, records: int, lasted: timedelta) -> None:
        """A batch of so many was not counted: so long did that take."""
        if lasted >= TOO_LONG:
            self._records[partition] = max(1, records // 2)

    def succeeded(self, partition: int, records: int) -> None:
        """A batch of so many was counted: the next may be twice as large, and a whole one ends the matter."""
        most = self._records.get(partition)
        if most is not None and records < most:
            del self._records[partition]
        elif most is not None:
            self._records[partition] = 2 * most
