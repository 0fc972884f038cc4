"""An endpoint: where an organization wants which facts, and whether it gets them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from usageflow_webhooks.domain.event_types import chosen

ENDPOINTS_MAX: Final = 50
CONCURRENCY_DEFAULT: Final = 16
CONCURRENCY_MAX: Final = 64
RATE_MAX: Final = 10_000
OLD_SECRETS_MAX: Final = 2
HEALTH_SPAN: Final = timedelta(hours=24)
OLD_SECRET_LIFETIME: Final = timedelta(hours=24)
"""After a rotation the old secret signs too, so that receivers can change over."""

DisabledReason = Literal["manual", "gone", "failing"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`disabled_reason` None means enabled. A deleted endpoint is disabled for good; only its log is still shown.

    `concurrency` bounds attempts under way, `rate_per_second` (None: no limit) how many begin. Headers of its own are sealed.
    """

    org_id: UUID
    endpoint_id: UUID
    url: str
    description: str | None
    event_types: tuple[str, ...]
    disabled_reason: DisabledReason | None
    secret_rotated_at: datetime
    created_at: datetime
    deleted_at: datetime | None
    version: int
    concurrency: int = CONCURRENCY_DEFAULT
    rate_per_second: int | None = None
    header_names: tuple[str, ...] = ()
    headers_key_id: str | None = None
    headers_sealed: bytes | None = None

    @property
    def enabled(self) -> bool:
        """Whether anything is sent to it."""
        return self.disabled_reason is None

    @property
    def status(self) -> Literal["enabled", "disabled"]:
        """As shown."""
        return "enabled" if self.enabled else "disabled"

    def wants(self, event_type: str) -> bool:
        """Whether it chose facts of this type. A disabled one still collects them, parked."""
        return self.deleted_at is None and chosen(self.event_types, event_type)

    def switched(self, reason: DisabledReason | None) -> Endpoint:
        """Enabled (None), or disabled for a reason; a new version."""
        return replace(self, disabled_reason=reason, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Health:
    """What the log of the last day says, and what waits."""

    succeeded_24h: int = 0
    failed_24h: int = 0
    parked: int = 0
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A signing secret as stored. `expires_at` None: the current one."""

    endpoint_id: UUID
    secret_id: UUID
    key_id: str
    sealed: bytes
    expires_at: datetime | None
