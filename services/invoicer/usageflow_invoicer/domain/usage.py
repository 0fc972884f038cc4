"""What a window, or a period, amounts to: a count, a sum and a digest that can be added and subtracted in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, assert_never

from usageflow_common.money import EXACT

Aggregation = Literal["COUNT", "SUM"]
DIGEST_MODULUS: Final = 2**256


@dataclass(frozen=True, slots=True)
class Usage:
    """Events counted, the sum of their amounts, and the sum of their windows' digests modulo 2^256."""

    event_count: int
    total: Decimal
    digest: int

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            self.event_count + other.event_count,
            EXACT.add(self.total, other.total),
            (self.digest + other.digest) % DIGEST_MODULUS,
        )

    def minus(self, other: Usage) -> Usage:
        """What this has beyond `other`; the inverse of `plus`."""
        return Usage(
            self.event_count - other.event_count,
            EXACT.subtract(self.total, other.total),
            (self.digest - other.digest) % DIGEST_MODULUS,
        )

    def quantity(self, aggregation: Aggregation) -> Decimal:
        """The metric's value."""
        match aggregation:
            case "COUNT":
                return Decimal(self.event_count)
            case "SUM":
                return self.total
            case _:
                assert_never(aggregation)


NOTHING: Final = Usage(0, Decimal(0), 0)


def total_usage(parts: Iterable[Usage]) -> Usage:
    """The sum of all."""
    total = NOTHING
    for part in parts:
        total = total.plus(part)
    return total


def digest_text(digest: int) -> str:
    """64 hex digits."""
    return f"{digest:064x}"
