"""What a measurement comes to: repeated values, their median and spread, beside a baseline of the same run and what is wanted. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Series:
    """The same thing, measured some times."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("Nothing was measured.")

    @property
    def median(self) -> float:
        """The value in the middle."""
        return median(self.values)

    @property
    def spread(self) -> float:
        """From the least to the greatest value, as a share of the median: above a tenth, the machine was not quiet."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0


def series(values: Iterable[float]) -> Series:
    """The values as a series."""
    return Series(tuple(values))


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the figure is compared with, measured in the same run on the same machine."""

    what: str
    series: Series


@dataclass(frozen=True, slots=True)
class Wanted:
    """Each limit that is not None has to hold. Ratios are over the baseline."""

    ratio_at_least: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    ratio_at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    name: str
    what: str
    unit: str
    series: Series
    baseline: Baseline | None = None
    wanted: Wanted = Wanted()
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure over its baseline."""
        return self.series.median / self.baseline.series.median if self.baseline else None

    @property
    def is_reached(self) -> bool | None:
        """Whether everything that is wanted holds; None when nothing is."""
        limits = (
            (self.ratio, self.wanted.ratio_at_least, 1),
            (self.ratio, self.wanted.ratio_at_most, -1),
            (self.series.median, self.wanted.at_least, 1),
            (self.series.median, self.wanted.at_most, -1),
        )
        verdicts = [
            value is not None and sign * value >= sign * limit for value, limit, sign in limits if limit is not None
        ]
        return all(verdicts) if verdicts else None


@dataclass(frozen=True, slots=True)
class PartUse:
    """What one part of the system used while a million events went through everything. `memory_bytes` at the end of the run."""

    part: str
    core_seconds_per_million: float
    memory_bytes: int


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that `share` of all values do not exceed (nearest rank): never better than what was seen."""
    if not values:
        raise ValueError("Nothing was measured.")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
