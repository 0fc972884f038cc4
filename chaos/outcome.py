"""What is told when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.books import Books
from chaos.proof import Difference
from chaos.timeline import Timeline


@dataclass(slots=True)
class Outcome:
    """Books and differences; filled as it goes."""

    books: Books
    timeline: Timeline
    differences: list[Difference] = field(default_factory=list)
    counted: int = 0
    invoices: int = 0
    drain_seconds: float = 0.0
    facts: int = 0
    requests: int = 0
