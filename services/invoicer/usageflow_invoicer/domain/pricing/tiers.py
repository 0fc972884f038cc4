"""Tiers, of which graduated and volume prices are made."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to and with `up_to` units, None without end. Prices in major units; `flat_price` is owed once the tier is entered."""

    up_to: Decimal | None
    unit_price: Decimal
    flat_price: Decimal
