"""From a charge's usage to rated amounts: one, or with a matrix one for each value of its key."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

from usageflow_invoicer.domain.plans import Charge, Value
from usageflow_invoicer.domain.pricing.flat import Flat
from usageflow_invoicer.domain.pricing.proration import Share, prorate
from usageflow_invoicer.domain.pricing.rating import Pricing, Rated, rate


def values_of(charge: Charge, used: Collection[Value]) -> Iterator[Value]:
    """What a charge has amounts for: without a matrix one, with one each value that was used or owes something without usage."""
    if charge.matrix is None:
        yield None
        return
    owing = {value for value, pricing in charge.matrix.values.items() if _owes_unused(pricing)}
    yield from sorted(owing | {value for value in used if value is not None})


def rate_value(charge: Charge, value: Value, quantity: Decimal, share: Share, currency: str) -> Rated:
    """The amount of one of them in a part of a period. Raises AmountOutOfRange."""
    return rate(prorate(charge.pricing_of(value), share), quantity, currency)


def _owes_unused(pricing: Pricing) -> bool:
    return isinstance(pricing.model, Flat) or bool(pricing.minimum)
