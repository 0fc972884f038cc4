"""Money and exact decimals. A price is a Decimal in major units; an amount is an integer in minor units, rounded once.

Nothing here, and nothing that calls this, goes through a float.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

DECIMAL_PLACES_MAX: Final = 12
INTEGER_DIGITS_MAX: Final = 20
AMOUNT_MINOR_MAX: Final = 2**53 - 1
EXACT: Final = Context(
    prec=120, rounding=ROUND_HALF_UP, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
)
"""Wide enough that products and sums of permitted decimals are exact: 32 digits times 32 digits, over 10^20 rows."""

_CODES_BY_EXPONENT: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
          CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD
          KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
          NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
          THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW""",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS: Final = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: integer minor units of an ISO 4217 currency."""

    amount_minor: int
    currency: str


def currency_exponent(currency: str) -> int | None:
    """Minor digits of an ISO 4217 currency (0, 2, 3 or 4), None when it is not one."""
    return _EXPONENTS.get(currency)


@contextmanager
def exact() -> Iterator[None]:
    """Decimal arithmetic that never loses a digit of permitted quantities and prices."""
    with decimal.localcontext(EXACT):
        yield


def round_to_minor(amount: Decimal, currency: str) -> int:
    """Major units to integer minor units, half up and away from zero: -500.5 becomes -501."""
    exponent = _EXPONENTS[currency]
    return int(amount.scaleb(exponent, EXACT).quantize(Decimal(1), ROUND_HALF_UP, EXACT))


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Integer minor units to exact major units."""
    return Decimal(amount_minor).scaleb(-_EXPONENTS[currency], EXACT)


def decimal_text(value: Decimal) -> str:
    """The canonical text of a decimal: no exponent, no trailing zeros, no negative zero."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class TooPrecise:
    """More than 12 decimal places."""


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """Not finite, or more than 20 integer digits."""


def bound_decimal(value: Decimal) -> Decimal | TooPrecise | OutOfRange:  # noqa: PLR0911  # one return for each case
    """The value without trailing zeros, or why it is not permitted. Safe for 1e400000: it never expands the exponent."""
    if not value.is_finite():
        return OutOfRange()
    if not value:
        return Decimal(0)
    if value.adjusted() >= INTEGER_DIGITS_MAX:
        return OutOfRange()
    if value.adjusted() < -DECIMAL_PLACES_MAX:
        return TooPrecise()
    _, digits, exponent = value.as_tuple()
    if exponent == 0:
        return value  # a plain integer, which most of them are
    stripped = value.normalize(Context(prec=max(28, len(digits))))
    exponent = stripped.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMAL_PLACES_MAX:
        return TooPrecise()
    return stripped.quantize(Decimal(1), context=EXACT) if isinstance(exponent, int) and exponent > 0 else stripped
