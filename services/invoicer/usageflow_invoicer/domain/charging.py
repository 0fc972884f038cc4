"""Charges: what a payment provider is asked for, what it answers, and when it is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

ChargeStatus = Literal["pending", "succeeded", "failed"]

_AGAIN_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that is asked for. `payment_id` is the key under which the provider makes one charge, however often it is asked."""

    org_id: UUID
    payment_id: UUID
    invoice_id: UUID
    invoice_number: str
    customer_id: str
    payment_method: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ChargeAnswer:
    """What became of it. `failure_code` where it failed; `method` in the provider's words (`card`)."""

    status: ChargeStatus
    failure_code: str | None = None
    method: str | None = None


def ask_again_after(asks: int) -> timedelta:
    """The pause behind so many asks (1 or more) of a charge that is still pending: its notification may be lost."""
    return _AGAIN_AFTER[min(asks, len(_AGAIN_AFTER)) - 1]
