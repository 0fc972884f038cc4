"""What the senders say: the events of one sender, drawn from the seed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from chaos.books import Content

CUSTOMERS: Final = tuple(f"chaos-{number}" for number in range(12))
EARLY_CUSTOMERS: Final = CUSTOMERS[:3]
"""Their periods are closed while the storm rages."""
CHANGING_CUSTOMERS: Final = (CUSTOMERS[0], CUSTOMERS[3], CUSTOMERS[7])
"""They take another plan when the storm is over."""
PAYMENT_METHODS: Final = dict(zip(CUSTOMERS, ("test_ok", "test_later", "test_declined", None) * 3, strict=True))
"""What each of them pays with; None: their payments are recorded by hand."""
UNKNOWN_METRIC: Final = "NOBODY_DEFINED_THIS"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the storm; its code is its event name."""

    code: str
    aggregation: str
    value_property: str | None = None
    group_by: tuple[str, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether GET /api/usage of this version tells its sum."""
        return self.aggregation in {"COUNT", "SUM"} and not self.group_by

    @property
    def body(self) -> dict[str, object]:
        """What POST /api/metrics takes."""
        body: dict[str, object] = {"code": self.code, "name": self.code.title(), "aggregation": self.aggregation}
        if self.value_property is not None:
            body["valueProperty"] = self.value_property
        if self.group_by:
            body["groupBy"] = list(self.group_by)
        return body


METRICS: Final = (
    Metric("CALLS", "SUM"),
    Metric("REQUESTS", "COUNT"),
    Metric("BYTES", "SUM", "bytes"),
    Metric("PEAK", "MAX"),
    Metric("LEAST", "MIN", "bytes"),
    Metric("MEAN", "AVG"),
    Metric("LAST", "LATEST"),
    Metric("SEATS", "WEIGHTED_SUM"),
    Metric("REGIONS", "UNIQUE", "region"),
    Metric("CALLS_BY_REGION", "SUM", None, ("region",)),
)
BILLED_METRIC: Final = "CALLS"

_WINDOWS: Final = 60
_RETRIED: Final = 0.08
_CONFLICTING: Final = 0.01
_UNKNOWN: Final = 0.005


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new key."""

    content: Content


@dataclass(frozen=True, slots=True)
class Repeated:
    """Some key that was acknowledged already, with what it said; `choice` says which."""

    choice: float


@dataclass(frozen=True, slots=True)
class Contradicting:
    """Some key that was acknowledged already, with another amount."""

    choice: float
    amount: Decimal


Utterance = Fresh | Repeated | Contradicting


class Traffic:
    """One sender's endless stream. `days` before `today` are the range in which its events happened."""

    def __init__(self, seed: str, today: datetime) -> None:
        self._chance = Random(seed)  # noqa: S311 -- a seed to replay, not secrecy
        self._today = today

    def next(self) -> Utterance:
        """What is sent now."""
        chance = self._chance
        roll = chance.random()
        if roll < _RETRIED:
            return Repeated(chance.random())
        if roll < _RETRIED + _CONFLICTING:
            return Contradicting(chance.random(), self._amount())
        known = roll >= _RETRIED + _CONFLICTING + _UNKNOWN
        metric = chance.choice(METRICS).code if known else UNKNOWN_METRIC
        properties: tuple[tuple[str, str | int], ...] = (
            ("bytes", chance.randrange(10**6)),
            ("region", chance.choice("abc")),
        )
        return Fresh(Content(metric, chance.choice(CUSTOMERS), self._amount(), self._instant(), properties))

    def _amount(self) -> Decimal:
        return Decimal(self._chance.randrange(1, 10**6)).scaleb(-self._chance.randrange(6))

    def _instant(self) -> datetime:
        """Few windows, so that senders and batches meet in them; days apart, so that both halves of a month are billed."""
        window = self._chance.randrange(_WINDOWS)
        second = self._chance.randrange(900)
        return self._today - timedelta(days=30) + timedelta(hours=11 * window, seconds=second)
