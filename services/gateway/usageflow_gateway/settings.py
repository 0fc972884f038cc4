"""Settings of the gateway."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from usageflow_common.connections import ConnectionLimits
from usageflow_common.settings import BusSettings, ServiceSettings, SigningSettings


class GatewaySettings(ServiceSettings, SigningSettings):
    """`key_pepper` hashes new keys; `previous_key_pepper` still finds those made before it was changed."""

    model_config = SettingsConfigDict(env_prefix="USAGEFLOW_", frozen=True, extra="ignore")

    key_pepper: Base64Bytes
    previous_key_pepper: Base64Bytes | None = None
    ingest_url: str
    aggregator_url: str
    invoicer_url: str
    webhooks_url: str
    dashboard_origin: Annotated[str, Field(pattern=r"^https?://[^/]+$")] = "http://127.0.0.1:3000"
    sign_up: Literal["open", "closed"] = "open"
    auth_attempts_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Of an account, and from an address."""
    rate_api: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    rate_track: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000
    """Requests a second of one key or session, shared by all gateways; an organization has tenfold."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000
    """Of clients; trusted proxies, which stand for many, have no bound of their own."""
    forward_seconds: Annotated[int, Field(ge=1, le=600)] = 30
    stream_idle_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    connections_per_service: Annotated[int, Field(ge=1, le=10_000)] = 200
    event_lanes: Annotated[int, Field(ge=1, le=64)] = 4

    @property
    def connection_limits(self) -> ConnectionLimits:
        """The gateway is where strangers knock: none of them takes the connections of all."""
        return ConnectionLimits(self.connections_max, self.connections_per_address, self.trusted_proxies)

    @property
    def peppers(self) -> tuple[bytes, ...]:
        """The present pepper, then the one before it."""
        return (self.key_pepper,) if self.previous_key_pepper is None else (self.key_pepper, self.previous_key_pepper)


class WorkerSettings(ServiceSettings):
    """The worker needs neither peppers nor the signing key nor the addresses of services."""


class CommandSettings(BusSettings):
    """An operator's command makes and revokes keys; it serves nothing, signs nothing and calls nobody."""

    database_url: SecretStr
    key_pepper: Base64Bytes
