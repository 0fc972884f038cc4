"""What the invoicer needs from its environment."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator
from standardwebhooks import Webhook

from usageflow_common.settings import ServiceSettings, SigningSettings


def _webhook_secret(secret: SecretStr) -> SecretStr:
    Webhook(secret.get_secret_value())
    return secret


class PaymentProviderSettings(BaseModel):
    """`name` stands on payments; `secret` (whsec_…) opens the bridge and signs its notifications."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    url: Annotated[str, Field(pattern=r"^https?://")]
    secret: Annotated[SecretStr, AfterValidator(_webhook_secret)]

    @field_validator("name")
    @classmethod
    def _own_name(cls, name: str) -> str:
        if name in ("manual", "test_cards"):
            raise ValueError(f"{name} is a name of our own")
        return name


class InvoicerSettings(ServiceSettings, SigningSettings):
    """`token_private_key` signs for the invoicer itself, which asks the aggregator to recompute from raw events."""

    aggregator_url: str
    invoicer_url: str | None = None
    """This service's own API, whose card processor serves organizations in test mode. Without it they have no payment provider."""
    payment_provider: PaymentProviderSettings | None = None
    """The bridge to a real processor, for live organizations."""
    payment_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0
    billing_tick_seconds: Annotated[float, Field(gt=0, le=60)] = 0.2
    marker_again_seconds: Annotated[float, Field(gt=0, le=60)] = 3.0
    close_batch: Annotated[int, Field(ge=1, le=500)] = 400

    @property
    def marker_again_after(self) -> timedelta:
        """How long a run waits for echoes before its markers are written again."""
        return timedelta(seconds=self.marker_again_seconds)
