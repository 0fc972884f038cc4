"""What the composition roots share: the parts that are made from settings alone."""

from __future__ import annotations

from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import create_engine
from usageflow_common.http import Check
from usageflow_webhooks.domain.addresses import Policy
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.service.upkeep import is_reachable
from usageflow_webhooks.settings import WebhooksSettings
from usageflow_webhooks.tunnel import Proxy, parse_proxy
from usageflow_webhooks.vault import Vault


def make_engine(settings: WebhooksSettings, process: str) -> AsyncEngine:
    """The service's database."""
    url = settings.database_url.get_secret_value()
    return create_engine(url, application_name=f"webhooks {process}", pool_size=settings.pool_size)


def make_vault(settings: WebhooksSettings) -> Vault:
    """Where signing secrets are sealed and opened."""
    return Vault(settings.secrets_key, settings.secrets_keys_old)


def make_resolver(settings: WebhooksSettings) -> Resolver:
    """Names to addresses, under the operator's allow-list."""
    return Resolver(Policy(tuple(settings.webhook_allowed_networks)))


def make_proxy(settings: WebhooksSettings) -> Proxy | None:
    """The way out, where there is only one."""
    return parse_proxy(settings.webhook_proxy.get_secret_value()) if settings.webhook_proxy else None


def database_check(engine: AsyncEngine) -> Check:
    """Whether PostgreSQL answers."""
    return partial(is_reachable, engine)
