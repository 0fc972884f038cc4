"""What the aggregator needs from its environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Base64Bytes, Field, field_validator

from usageflow_aggregator.domain.upkeep import (
    DEDUPE_RETENTION_DAYS_MIN,
    OLDEST_EVENT_DAYS,
    RAW_EVENT_DAYS_MIN,
    Policy,
)
from usageflow_common.settings import ServiceSettings


class AggregatorSettings(ServiceSettings):
    """`digest_key` keys the digests of windows: whoever holds it could forge a proof, so no other service has it.

    Keys and raw events are kept for ever unless `dedupe_retention_days` and `raw_event_days` say otherwise.
    """

    digest_key: Annotated[Base64Bytes, Field(min_length=32)]
    keys_per_generation: Annotated[int, Field(ge=100_000)] = 8_000_000
    dedupe_retention_days: int | None = None
    raw_event_days: int | None = None

    @field_validator("dedupe_retention_days")
    @classmethod
    def _outlast_events(cls, days: int | None) -> int | None:
        if days is not None and days < DEDUPE_RETENTION_DAYS_MIN:
            raise ValueError(
                f"keys are needed for at least {DEDUPE_RETENTION_DAYS_MIN} days, twice the age ({OLDEST_EVENT_DAYS} days)"
                " at which events are accepted: a shorter retention would count an event twice"
            )
        return days

    @field_validator("raw_event_days")
    @classmethod
    def _outlast_corrections(cls, days: int | None) -> int | None:
        if days is not None and days < RAW_EVENT_DAYS_MIN:
            raise ValueError(
                f"raw events are needed for at least {RAW_EVENT_DAYS_MIN} days, while they may be corrected"
            )
        return days

    @property
    def policy(self) -> Policy:
        """What upkeep goes by."""
        return Policy(self.keys_per_generation, self.dedupe_retention_days, self.raw_event_days)
