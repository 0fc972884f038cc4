"""How long the rating of one line takes, and whether a million random cases agree with fractions to the minor unit."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Final

from bench.figures import Baseline, Figure, Wanted, series
from bench.measurements.plan import Plan
from bench.stage import MeasurementFailed, Stage
from usageflow_invoicer.domain.pricing.graduated import Graduated
from usageflow_invoicer.domain.pricing.rating import Pricing, rate
from usageflow_invoicer.domain.pricing.tiers import Tier

_TIMES: Final = 20_000
_REFERENCE: Final = Path(__file__).resolve().parents[2] / "services/invoicer/tests/unit/pricing/reference_pricing.py"
_BOUNDS: Final = (1_000, 10_000, 100_000, 1_000_000, None)
_LINE: Final = Pricing(
    Graduated(
        tuple(
            Tier(None if bound is None else Decimal(bound), Decimal("0.01").scaleb(-number), Decimal(number))
            for number, bound in enumerate(_BOUNDS)
        )
    ),
    Decimal(100),
)


async def measure_rating(_stage: Stage, plan: Plan) -> list[Figure]:
    """Both are pure: nothing of the system is used."""
    reference = _reference()
    cases, wrong = await asyncio.to_thread(_compare, reference, plan.random_cases)
    if wrong:
        raise MeasurementFailed(f"{wrong} of {plan.random_cases} amounts are not what fractions make of them")
    rated = [await asyncio.to_thread(_time_rating) for _ in range(plan.repeats)]
    fractions = [await asyncio.to_thread(_time_fractions, reference) for _ in range(plan.repeats)]
    return [
        Figure(
            name="rating",
            what="one graduated line of five tiers, all entered",
            unit="µs",
            series=series(rated),
            baseline=Baseline("the same in plain fractions", series(fractions)),
            wanted=Wanted(at_most=30.0),
        ),
        Figure(
            name="random_cases",
            what=f"{plan.random_cases:,} random cases rated, and again in fractions: 0 minor units of difference",
            unit="cases/s",
            series=series([cases]),
        ),
    ]


def _compare(reference: ModuleType, count: int) -> tuple[float, int]:
    began_at = time.perf_counter()
    wrong = reference.differences("bench", count)
    return count / (time.perf_counter() - began_at), len(wrong)


def _time_rating() -> float:
    began_at = time.perf_counter()
    for number in range(_TIMES):
        rate(_LINE, Decimal(2_000_000 + number), "USD")
    return (time.perf_counter() - began_at) / _TIMES * 1e6


def _time_fractions(reference: ModuleType) -> float:
    began_at = time.perf_counter()
    for number in range(_TIMES):
        reference.expected_minor(_LINE, Decimal(2_000_000 + number), "USD")
    return (time.perf_counter() - began_at) / _TIMES * 1e6


def _reference() -> ModuleType:
    """The tests' own: it stands in no package."""
    spec = importlib.util.spec_from_file_location("reference_pricing", _REFERENCE)
    if spec is None or spec.loader is None:
        raise MeasurementFailed(f"{_REFERENCE} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
