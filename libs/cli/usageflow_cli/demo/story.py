"""The figures of the worked example, and the bodies that make them: 100.00 a month, 10,000 calls included, 0.01 each above."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

METRIC: Final = "API_CALL"
CALLS: Final = 12_000
CALLS_ONE_BY_ONE: Final = 100
INCLUDED: Final = 10_000
TOTAL_MINOR: Final = 12_000
BASE_MINOR: Final = 10_000
USAGE_MINOR: Final = 2_000


@dataclass(frozen=True, slots=True)
class Story:
    """One telling. The mark keeps its customer, plan and keys apart from those of other tellings."""

    mark: str
    today: datetime

    @classmethod
    def begin(cls) -> Story:
        """A new telling, today."""
        return cls(secrets.token_hex(3), datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))

    @property
    def customer_id(self) -> str:
        """Who pays."""
        return f"user_123-{self.mark}"

    @property
    def start_at(self) -> str:
        """32 days ago: the first month is over, whatever today is."""
        return _text(self.today - timedelta(days=32))

    @property
    def called_at(self) -> datetime:
        """20 days ago at noon: within that month."""
        return self.today - timedelta(days=20) + timedelta(hours=12)

    @property
    def until(self) -> str:
        """The end of the range that holds all calls."""
        return _text(self.today)

    def plan(self) -> dict[str, Any]:
        """100.00 USD a month and one charge."""
        charge = {
            "metric": METRIC,
            "name": "API calls",
            "model": "per_unit",
            "unitPrice": "0.01",
            "includedUnits": str(INCLUDED),
        }
        draft = {
            "interval": "month",
            "intervalCount": 1,
            "basePrice": "100.00",
            "billing": "arrears",
            "charges": [charge],
        }
        return {"code": f"PRO-{self.mark}", "name": "Pro", "currency": "USD", "publish": True, "draft": draft}

    def key(self, number: int) -> str:
        """What makes this call count once."""
        return f"{self.mark}-call-{number}"

    def call(self, number: int) -> dict[str, Any]:
        """One call as the body of a request, with its key."""
        return {
            "metric": METRIC,
            "amount": 1,
            "customerId": self.customer_id,
            "timestamp": _text(self.called_at),
            "idempotencyKey": self.key(number),
        }

    def batched(self) -> range:
        """The numbers of all calls but the last hundred."""
        return range(1, CALLS - CALLS_ONE_BY_ONE + 1)

    def singles(self) -> Iterator[dict[str, Any]]:
        """The last hundred."""
        for number in range(CALLS - CALLS_ONE_BY_ONE + 1, CALLS + 1):
            yield self.call(number)


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
