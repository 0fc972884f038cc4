"""The settings of the webhooks service."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Base64Bytes, Field, IPvAnyNetwork, SecretStr

from usageflow_common.settings import ServiceSettings
from usageflow_webhooks.tunnel import parse_proxy


def _key_length(key: bytes) -> bytes:
    if len(key) != 32:
        raise ValueError("a secrets key has 32 bytes")
    return key


def _proxy(text: SecretStr) -> SecretStr:
    parse_proxy(text.get_secret_value())
    return text


SecretsKey = Annotated[Base64Bytes, AfterValidator(_key_length)]


class WebhooksSettings(ServiceSettings):
    """USAGEFLOW_SECRETS_KEY seals signing secrets; keys that it replaced stay in USAGEFLOW_SECRETS_KEYS_OLD (JSON list).

    USAGEFLOW_WEBHOOK_ALLOWED_NETWORKS (JSON list of CIDRs) opens networks that are refused otherwise, also to plain http.
    USAGEFLOW_WEBHOOK_LOG_DAYS is how long facts and finished deliveries are kept; USAGEFLOW_WEBHOOK_PARKED_DAYS how long a disabled
    endpoint collects what it missed. USAGEFLOW_WEBHOOK_PROXY (http://[user:password@]host:port) is the HTTP proxy through which
    deliveries leave, by CONNECT to the address that was vetted here.
    """

    secrets_key: SecretsKey
    secrets_keys_old: tuple[SecretsKey, ...] = ()
    webhook_allowed_networks: tuple[IPvAnyNetwork, ...] = ()
    webhook_proxy: Annotated[SecretStr, AfterValidator(_proxy)] | None = None
    webhook_log_days: Annotated[int, Field(ge=30)] = 90
    webhook_parked_days: Annotated[int, Field(ge=1)] = 30
