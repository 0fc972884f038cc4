"""Who plays in the demo organization: what is counted, what it costs, who pays, who works there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from usageflow_cli.seed.usage import MODELS, STEADY, Habit

METRICS: Final[tuple[dict[str, Any], ...]] = (
    {"code": "API_CALL", "name": "API calls", "unit": "call", "aggregation": "SUM", "groupBy": ["region"]},
    {
        "code": "LLM_TOKENS",
        "name": "Tokens",
        "unit": "token",
        "aggregation": "SUM",
        "eventName": "LLM_CALL",
        "valueProperty": "tokens",
        "groupBy": ["model"],
    },
    {"code": "STORAGE", "name": "Storage, peak", "unit": "GB", "aggregation": "MAX", "valueProperty": "gb"},
    {"code": "ACTIVE_USER", "name": "Active users", "unit": "user", "aggregation": "UNIQUE", "valueProperty": "userId"},
    {"code": "MESSAGE", "name": "Messages", "unit": "message", "aggregation": "COUNT", "groupBy": ["channel"]},
)


def _tiers(*rows: tuple[str | None, str]) -> list[dict[str, Any]]:
    return [{"upTo": up_to, "unitPrice": price, "flatPrice": "0"} for up_to, price in rows]


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan. Prices are of an interval, in major units."""

    code: str
    name: str
    description: str
    currency: str
    base_price: str
    charges: tuple[dict[str, Any], ...]
    billing: str = "arrears"


_TOKENS: Final = {
    "metric": "LLM_TOKENS",
    "name": "Tokens by model",
    "model": "per_unit",
    "matrix": {
        "property": "model",
        "default": {"unitPrice": "0.000004"},
        "values": [
            {"value": name, "unitPrice": price}
            for name, price in zip(MODELS, ("0.000015", "0.000003", "0.0000008", "0.00002"), strict=True)
        ],
    },
}

OFFERS: Final = (
    Offer(
        "STARTER",
        "Starter",
        "For teams that begin",
        "EUR",
        "29.00",
        (
            {
                "metric": "API_CALL",
                "name": "API calls",
                "model": "per_unit",
                "unitPrice": "0.0004",
                "includedUnits": "50000",
            },
            {
                "metric": "MESSAGE",
                "name": "Messages",
                "model": "package",
                "packageSize": "100",
                "packagePrice": "4.00",
                "includedUnits": "100",
            },
        ),
    ),
    Offer(
        "SCALE",
        "Scale",
        "Volume prices, billed in advance",
        "EUR",
        "490.00",
        (
            {
                "metric": "API_CALL",
                "name": "API calls",
                "model": "graduated",
                "tiers": _tiers(("100000", "0.0004"), ("500000", "0.0003"), (None, "0.0002")),
            },
            {
                "metric": "ACTIVE_USER",
                "name": "Active users",
                "model": "per_unit",
                "unitPrice": "1.50",
                "includedUnits": "25",
            },
            {
                "metric": "STORAGE",
                "name": "Storage, peak",
                "model": "per_unit",
                "unitPrice": "0.12",
                "includedUnits": "100",
            },
        ),
        "advance",
    ),
    Offer("AI", "AI", "Tokens, a price for each model", "USD", "99.00", (_TOKENS,)),
    Offer(
        "TOKYO",
        "Scale Japan",
        "Prices in yen",
        "JPY",
        "48000",
        (
            {
                "metric": "API_CALL",
                "name": "API calls",
                "model": "volume",
                "tiers": _tiers(("200000", "0.06"), ("1000000", "0.05"), (None, "0.04")),
            },
        ),
    ),
    Offer(
        "GULF",
        "Scale Gulf",
        "Prices in dinars",
        "KWD",
        "125.500",
        ({"metric": "API_CALL", "name": "API calls", "model": "per_unit", "unitPrice": "0.000125"},),
    ),
    Offer("LEGACY", "Classic", "Not sold any more", "EUR", "19.00", ()),
)


@dataclass(frozen=True, slots=True)
class Payer:
    """A customer: what is bought, how it is used, how it pays (None: by transfer), and in which period it comes."""

    customer_id: str
    name: str
    city: tuple[str, str, str]
    plan: str
    habits: tuple[Habit, ...]
    payment_method: str | None = "test_ok"
    comes_in: int = 0


LONG_NAME: Final = "Vereinigte Norddeutsche Versicherungs- und Rückversicherungsgesellschaft auf Gegenseitigkeit"

PAYERS: Final = (
    Payer(
        "mueller-soehne",
        "Müller & Söhne Präzisionswerkzeuge GmbH",
        ("Gärtnerstraße 7", "Nürnberg", "DE"),
        "SCALE",
        (Habit("API_CALL", 14, 480), Habit("ACTIVE_USER", 22, 24), Habit("STORAGE", 3, 240, weekend=100, growth=9)),
    ),
    Payer(
        "nordversicherung",
        LONG_NAME,
        ("Große Elbstraße 145", "Hamburg", "DE"),
        "SCALE",
        (Habit("API_CALL", 16, 900, growth=3), Habit("ACTIVE_USER", 30, 40), Habit("STORAGE", 3, 610, weekend=100)),
        None,
    ),
    Payer(
        "tidepool-labs",
        "Tidepool Labs Inc.",
        ("418 Harbor Street", "Portland", "US"),
        "AI",
        (Habit("LLM_TOKENS", 34, 62_000, weekend=60, growth=22, hours=STEADY),),
        comes_in=1,
    ),
    Payer(
        "atlas-robotics",
        "Atlas Robotics Ltd",
        ("12 Foundry Lane", "Sheffield", "GB"),
        "AI",
        (Habit("LLM_TOKENS", 42, 118_000, weekend=45, growth=11),),
    ),
    Payer(
        "hoshi-soft",
        "星ソフトウェア株式会社",
        ("渋谷2-21-1", "東京", "JP"),
        "TOKYO",
        (Habit("API_CALL", 15, 700, hours=STEADY),),
        None,
    ),
    Payer(
        "al-nakheel",
        "شركة النخيل للتقنية ذ.م.م",
        ("شارع الخليج العربي 18", "الكويت", "KW"),
        "GULF",
        (Habit("API_CALL", 12, 520, weekend=70, hours=STEADY),),
        None,
    ),
    Payer(
        "creperie-elodie",
        "Crêperie Élodie",
        ("3 rue de la Soif", "Rennes", "FR"),
        "STARTER",
        (Habit("API_CALL", 8, 260, weekend=140), Habit("MESSAGE", 9, weekend=150)),
    ),
    Payer(
        "copper-kettle",
        "Copper Kettle Ltd",
        ("55 Mill Road", "Cambridge", "GB"),
        "STARTER",
        (Habit("API_CALL", 9, 310, growth=-4), Habit("MESSAGE", 12)),
        None,
    ),
    Payer(
        "kestrel",
        "Kestrel Analytics B.V.",
        ("Keizersgracht 62", "Amsterdam", "NL"),
        "STARTER",
        (Habit("API_CALL", 6, 200, growth=-15), Habit("MESSAGE", 6)),
        None,
    ),
    Payer(
        "smorgas",
        "Smörgåsbord AB",
        ("Åsögatan 119", "Stockholm", "SE"),
        "STARTER",
        (Habit("API_CALL", 7, 240), Habit("MESSAGE", 8)),
        None,
    ),
)

TRIAL_DAYS: Final = 30
ON_TRIAL: Final = Payer(
    "lighthouse-studio",
    "Lighthouse Studio",
    ("8 Quay Street", "Galway", "IE"),
    "STARTER",
    (Habit("API_CALL", 5, 90),),
    None,
    comes_in=3,
)

UNKNOWN: Final = "trial-7f3a"
"""Sends usage, and nobody has made a customer of it."""

PEOPLE: Final = (
    ("admin", "Noor Haddad", "ADMIN"),
    ("developer", "Émile Fournier", "DEVELOPER"),
    ("viewer", "Żaneta Kowalczyk", "VIEWER"),
)
INVITED: Final = ("finance", "ADMIN")

KEYS: Final = (
    ("Ingest, production", ["track:write"], 365),
    ("Ingest, staging", ["track:write"], 4),
    ("Finance reports", ["invoices:read", "usage:read", "customers:read"], 90),
    ("Laptop of the founder", ["track:write"], 30),
)
REVOKED: Final = "Laptop of the founder"
ISSUER: Final = {
    "name": "Polarlicht Cloud GmbH",
    "address": {"line1": "Speicherstadt 4", "city": "Hamburg", "postalCode": "20457", "country": "DE"},
    "taxId": "DE123456788",
}
