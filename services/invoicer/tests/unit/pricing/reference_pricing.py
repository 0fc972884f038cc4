"""Prices in twenty lines of fractions, to compare with."""

from fractions import Fraction
from math import ceil


def amount(model: str, price: dict, quantity: Fraction) -> Fraction:
    """Major units, bounded, not rounded."""
    units = max(Fraction(0), quantity - price["included"])
    owed = price["price"] if model == "flat" else _owed(model, price, units) if units else Fraction(0)
    if price["minimum"] is not None:
        owed = max(owed, price["minimum"])
    return owed if price["maximum"] is None else min(owed, price["maximum"])


def _owed(model: str, price: dict, units: Fraction) -> Fraction:
    if model == "per_unit":
        return units * price["unit"]
    if model == "package":
        return ceil(units / price["size"]) * price["price"]
    if model == "percentage":
        return units * price["percent"] / 100
    if model == "volume":
        return next(units * unit + flat for up_to, unit, flat in price["tiers"] if up_to is None or units <= up_to)
    owed, below = Fraction(0), Fraction(0)
    for up_to, unit, flat in price["tiers"]:
        if units > below:
            owed += (units if up_to is None else min(units, up_to)) * unit - below * unit + flat
        below = up_to
        if up_to is None:
            break
    return owed


def half_up(value: Fraction) -> int:
    """Away from zero at the half; of a value that is not negative."""
    return (value * 2 + 1).__floor__() // 2
