"""The senders' own ledger: what was sent under which key, and what the system said about it. Nothing here asks the system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Content:
    """What an event says: everything that its key must keep on saying."""

    metric: str
    customer_id: str
    amount: Decimal
    occurred_at: datetime
    properties: tuple[tuple[str, str | int], ...] = ()


@dataclass(slots=True)
class Entry:
    """One key: its contents in the order in which they were first sent, those that a 202 confirmed, and the refusal if there was one."""

    contents: list[Content] = field(default_factory=list)
    acknowledged: list[Content] = field(default_factory=list)
    refusal: str | None = None
    first_came_first: bool = True
    """Each further content was sent only when the first was acknowledged, and to the same partition: then the first one counts."""


class Books:
    """All keys. Every sender writes into the same books, in one event loop."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.offered = 0
        self.acknowledged = 0
        self.retried_acknowledged = 0
        self.conflicting = 0
        self.surprises: Counter[str] = Counter()
        self.again: Counter[str] = Counter()
        """Answers of single events after which they were sent again."""
        self._recent: list[str] = []

    def send(self, key: str, content: Content) -> None:
        """An event is about to be sent for the first time, or again."""
        self.offered += 1
        entry = self.entries.setdefault(key, Entry())
        if content in entry.contents:
            self.retried_acknowledged += content in entry.acknowledged
            return
        if entry.contents:
            self.conflicting += 1
            first = entry.contents[0]
            entry.first_came_first &= first in entry.acknowledged and first.customer_id == content.customer_id
        entry.contents.append(content)

    def acknowledge(self, key: str, content: Content) -> None:
        """A 202 named it."""
        self.acknowledged += 1
        entry = self.entries[key]
        if content not in entry.acknowledged:
            if not entry.acknowledged:
                self._recent.append(key)
            entry.acknowledged.append(content)

    def refuse(self, key: str, code: str) -> None:
        """It will never be counted, says the system."""
        self.entries[key].refusal = code

    def surprise(self, what: str) -> None:
        """An answer that no sender should ever get."""
        self.surprises[what] += 1

    def some_acknowledged(self, choice: float) -> str | None:
        """A key that was acknowledged; `choice` in [0, 1) picks one of the last few thousand."""
        recent = self._recent[-4_000:]
        return recent[int(choice * len(recent))] if recent else None

    def certain(self) -> Iterator[tuple[str, Entry]]:
        """The keys that must count."""
        return ((key, entry) for key, entry in self.entries.items() if entry.acknowledged)

    @property
    def keys_acknowledged(self) -> int:
        """How many keys must count."""
        return sum(1 for _ in self.certain())

    @property
    def keys_unknown(self) -> int:
        """How many keys may have been counted, or not: no answer ever came."""
        return sum(1 for entry in self.entries.values() if not entry.acknowledged and entry.refusal is None)
