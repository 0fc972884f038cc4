"""An organization with its settings, and what every new one begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

NAME_LENGTH_MAX: Final = 200
SPREAD_MAX: Final = 64
"""Partitions over which the events of one customer may lie: each has windows of its own, which queries and bills add up."""

_DUNNING: Final[Mapping[str, Any]] = {"retryAfterDays": [1, 3, 5, 7], "suspendAfterDays": 14}


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant. `issuer` and `dunning` keep the API's spelling of their members."""

    org_id: UUID
    name: str
    mode: Literal["live", "test"]
    status: Literal["active", "deleted"]
    issuer: Mapping[str, Any]
    time_zone: str
    default_currency: str
    grace_hours: int
    auto_finalize: bool
    invoice_number_prefix: str
    payment_term_days: int
    max_event_age_days: int
    dunning: Mapping[str, Any]
    spread: int
    version: int
    created_at: datetime
    deleted_at: datetime | None


def found_organization(org_id: UUID, name: str, mode: Literal["live", "test"], *, at: datetime) -> Organization:
    """A new organization with the settings that it can change later."""
    return Organization(
        org_id=org_id,
        name=name,
        mode=mode,
        status="active",
        issuer={"name": name, "address": None, "taxId": None},
        time_zone="UTC",
        default_currency="USD",
        grace_hours=1,
        auto_finalize=True,
        invoice_number_prefix="INV-",
        payment_term_days=14,
        max_event_age_days=35,
        dunning=_DUNNING,
        spread=1,
        version=1,
        created_at=at,
        deleted_at=None,
    )
