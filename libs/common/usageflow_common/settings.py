"""Settings of a service: the environment, read once by the composition root and passed on as one frozen value.

Every variable starts with USAGEFLOW_. A missing one is named by the error; none has a secret as its default.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Base64Bytes, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from usageflow_common.connections import ConnectionLimits

Kind = TypeVar("Kind", bound=BaseSettings)

WRONG_USE = 2


def read_settings(kind: type[Kind]) -> Kind:
    """The settings in the environment. What is missing or wrong is named, one line each and no value, and ends the process with 2."""
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = "USAGEFLOW_" + str(problem["loc"][0]).upper() if problem["loc"] else "settings"
            sys.stderr.write(f"{name}: {problem['msg']}\n")
        sys.exit(WRONG_USE)


class BusSettings(BaseSettings):
    """Where Kafka is and how topics are laid out."""

    model_config = SettingsConfigDict(env_prefix="USAGEFLOW_", frozen=True, extra="ignore")

    kafka_bootstrap: str
    kafka_tls: bool = False
    kafka_ca_file: Path | None = None
    """PEM of the authority that signed the brokers' certificates; without it, those that the machine trusts."""
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    """With a user, clients identify themselves by SCRAM-SHA-512."""
    topic_prefix: str = ""
    event_partitions: Annotated[int, Field(ge=1, le=1024)] = 4
    replication_factor: Annotated[int, Field(ge=1)] = 1
    min_insync_replicas: Annotated[int, Field(ge=1)] = 1
    instance_id: str | None = None
    """A name that stays the same over restarts: consumers use it for static membership in their groups."""

    @model_validator(mode="after")
    def _whole_identity(self) -> Self:
        if (self.kafka_username is None) != (self.kafka_password is None):
            raise ValueError("USAGEFLOW_KAFKA_USERNAME and USAGEFLOW_KAFKA_PASSWORD are set together or not at all")
        if self.kafka_ca_file is not None and not self.kafka_tls:
            raise ValueError("USAGEFLOW_KAFKA_CA_FILE is for USAGEFLOW_KAFKA_TLS=true")
        return self


class MigrationSettings(BusSettings):
    """What a migration needs: it runs as the owner, and the service's URL names its role and password."""

    database_url: SecretStr
    owner_database_url: SecretStr


class ServiceSettings(BusSettings):
    """What every service needs. Token public keys: issuer → key id → raw Ed25519 public key in base64."""

    database_url: SecretStr
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]
    token_public_keys: dict[str, dict[str, Base64Bytes]]
    cursor_secret: Base64Bytes
    pool_size: Annotated[int, Field(ge=1, le=100)] = 10
    log_level: str = "INFO"
    connections_max: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """Of clients, in all; fewer where the system lets a process open fewer files."""

    @property
    def connection_limits(self) -> ConnectionLimits:
        """What the process's server keeps."""
        return ConnectionLimits(self.connections_max)


class SigningSettings(BaseSettings):
    """For the two parts that speak to other services: the gateway for its callers, the invoicer for itself."""

    model_config = SettingsConfigDict(env_prefix="USAGEFLOW_", frozen=True, extra="ignore")

    token_private_key: Base64Bytes
    token_key_id: str
