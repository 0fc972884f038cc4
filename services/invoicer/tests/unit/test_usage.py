"""What a period's sums and folded values amount to, for each aggregation."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from whole_parts import plan_with, whole

from usageflow_common.metering import Aggregation
from usageflow_invoicer.domain.lines import usage_line
from usageflow_invoicer.domain.periods import Period
from usageflow_invoicer.domain.plans import Charge
from usageflow_invoicer.domain.pricing.per_unit import PerUnit
from usageflow_invoicer.domain.pricing.rating import Pricing
from usageflow_invoicer.domain.usage import PeriodSums

START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)


def sums(aggregation: Aggregation, count: int, total: str = "0", folded: str | None = None, **more: str) -> PeriodSums:
    return PeriodSums(
        aggregation,
        START,
        END,
        count,
        Decimal(total),
        Decimal(more.get("delta_seconds", "0")),
        Decimal(more.get("opening", "0")),
        7,
        None if folded is None else Decimal(folded),
    )


@pytest.mark.parametrize(
    ("found", "quantity"),
    [
        (sums("COUNT", 3, "99"), "3"),
        (sums("SUM", 3, "99.5"), "99.5"),
        (sums("AVG", 3, "2"), "0.666666666667"),
        (sums("AVG", 0), "0"),
        (sums("MAX", 3, folded="-4"), "-4"),
        (sums("MIN", 0), "0"),
        (sums("LATEST", 2, folded="1.25"), "1.25"),
        (sums("UNIQUE", 9, folded="4"), "4"),
        # A level of 6 all along, and 3 more for the last 20 of 30 seconds.
        (sums("WEIGHTED_SUM", 1, "3", opening="6", delta_seconds="30"), "8"),
        (sums("WEIGHTED_SUM", 0, opening="6"), "6"),
        (sums("WEIGHTED_SUM", 0), "0"),
    ],
)
def test_each_aggregation_has_its_quantity(found: PeriodSums, quantity: str):
    assert found.usage.quantity == Decimal(quantity)
    assert (found.usage.event_count, found.usage.digest) == (found.event_count, 7)


def test_a_quantity_of_twelve_decimals_is_rated_and_rounded_once():
    pricing = Pricing(PerUnit(Decimal("0.03")), Decimal(0))
    charge = Charge(UUID(int=1), UUID(int=2), "LOAD", "AVG", "Load", "per_unit", pricing)
    line = usage_line(whole(UUID(int=3), Period(0, START, END), plan_with(charge)), charge, sums("AVG", 3, "2").usage)
    assert line.evidence is not None
    assert (line.evidence.unrounded, line.amount_minor) == (Decimal("0.02000000000001"), 2)


def test_a_value_below_zero_costs_nothing():
    pricing = Pricing(PerUnit(Decimal(5)), Decimal(0))
    charge = Charge(UUID(int=1), UUID(int=2), "LOAD", "MIN", "Load", "per_unit", pricing)
    line = usage_line(
        whole(UUID(int=3), Period(0, START, END), plan_with(charge)), charge, sums("MIN", 3, folded="-2").usage
    )
    assert line.amount_minor == 0
