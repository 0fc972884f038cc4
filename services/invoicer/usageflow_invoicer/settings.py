"""What the invoicer needs from its environment."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from usageflow_common.settings import ServiceSettings, SigningSettings


class InvoicerSettings(ServiceSettings, SigningSettings):
    """`token_private_key` signs for the invoicer itself, which asks the aggregator to recompute from raw events."""

    aggregator_url: str
    billing_tick_seconds: Annotated[float, Field(gt=0, le=60)] = 0.2
    marker_again_seconds: Annotated[float, Field(gt=0, le=60)] = 3.0
    close_batch: Annotated[int, Field(ge=1, le=500)] = 100

    @property
    def marker_again_after(self) -> timedelta:
        """How long a run waits for echoes before its markers are written again."""
        return timedelta(seconds=self.marker_again_seconds)
