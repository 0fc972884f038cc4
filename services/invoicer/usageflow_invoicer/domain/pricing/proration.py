"""Shares of a period: what is agreed for a whole one shrinks with the seconds of a part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from usageflow_common.money import DECIMAL_PLACES_MAX, EXACT, round_to_minor
from usageflow_invoicer.domain.pricing.flat import Flat
from usageflow_invoicer.domain.pricing.rating import Pricing

_LAST_PLACE: Final = Decimal(1).scaleb(-DECIMAL_PLACES_MAX)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Share:
    """`numerator` of `denominator` seconds; the denominator is the whole period's, of which `offset` lie before this part."""

    numerator: int
    denominator: int
    offset: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing shrinks."""
        return self.numerator == self.denominator


WHOLE: Final = Share(1, 1)


def share_of(start_at: datetime, end_at: datetime, full_start_at: datetime, full_end_at: datetime) -> Share:
    """The part from start to end of the full period."""
    return Share(
        (end_at - start_at) // _SECOND, (full_end_at - full_start_at) // _SECOND, (start_at - full_start_at) // _SECOND
    )


def prorate(pricing: Pricing, share: Share) -> Pricing:
    """Included units, flat prices, minimum and maximum shrink, half up to 12 decimals; prices and bounds of tiers do not."""
    if share.whole:
        return pricing
    model = pricing.model
    return replace(
        pricing,
        model=Flat(_part(model.price, share)) if isinstance(model, Flat) else model,
        included_units=_part(pricing.included_units, share),
        minimum=None if pricing.minimum is None else _part(pricing.minimum, share),
        maximum=None if pricing.maximum is None else _part(pricing.maximum, share),
    )


def prorated_price(price: Decimal, share: Share, currency: str) -> int:
    """Minor units owed for this part of a period that costs `price` in all.

    Its two ends are rounded, not the difference: the parts of a period add up to its price exactly, however it is cut.
    """

    def owed_by(second: int) -> int:
        product = EXACT.multiply(price, Decimal(second))
        return round_to_minor(EXACT.divide(product, Decimal(share.denominator)), currency)

    return owed_by(share.offset + share.numerator) - owed_by(share.offset)


def _part(value: Decimal, share: Share) -> Decimal:
    product = EXACT.multiply(value, Decimal(share.numerator))
    return EXACT.divide(product, Decimal(share.denominator)).quantize(_LAST_PLACE, context=EXACT)
