"""The environment of each process: the one place that says which part gets which address and which secret."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from usageflow_local.credentials import SIGNERS, Credentials, public_keys
from usageflow_local.ports import HOST
from usageflow_local.services import Kind

_EVENT_PARTITIONS = 4
_CALLS: Mapping[str, tuple[str, ...]] = {
    "gateway": ("ingest", "aggregator", "invoicer", "webhooks"),
    "invoicer": ("aggregator", "invoicer"),
}
"""Which service calls which others over HTTP; the invoicer's worker asks the card processor of its API."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything is. `ports` by part; `database_url` makes the address for a role and its password."""

    owner_database_url: str
    database_url: Callable[[str, str], str]
    kafka_bootstrap: str
    ports: Mapping[str, int]
    credentials: Credentials

    def url(self, service: str) -> str:
        """The address of a service's API."""
        return f"http://{HOST}:{self.ports[f'{service}-api']}"

    @property
    def dashboard_url(self) -> str:
        """Where people go; there must be a dashboard."""
        return f"http://{HOST}:{self.ports['dashboard']}"


def environment_of_dashboard(site: Site) -> dict[str, str]:
    """Of the dashboard's process: where the gateway is, for itself and as customers see it, and its own address."""
    return {
        "NODE_ENV": "production",
        "HOSTNAME": HOST,
        "PORT": str(site.ports["dashboard"]),
        "GATEWAY_URL": site.url("gateway"),
        "PUBLIC_API_URL": site.url("gateway"),
        "DASHBOARD_ORIGIN": site.dashboard_url,
    }


def environment_of(service: str, kind: Kind | Literal["migrate"], site: Site) -> dict[str, str]:
    """The USAGEFLOW_* variables of one process: what it needs and nothing that it does not."""
    credentials = site.credentials
    environment = {
        "USAGEFLOW_DATABASE_URL": site.database_url(f"usageflow_{service}", credentials.database_passwords[service]),
        "USAGEFLOW_KAFKA_BOOTSTRAP": site.kafka_bootstrap,
        "USAGEFLOW_TOPIC_PREFIX": "",
        "USAGEFLOW_EVENT_PARTITIONS": str(_EVENT_PARTITIONS),
        "USAGEFLOW_REPLICATION_FACTOR": "1",
        "USAGEFLOW_MIN_INSYNC_REPLICAS": "1",
        "USAGEFLOW_HOST": HOST,
        "USAGEFLOW_PORT": str(site.ports[f"{service}-{'api' if kind == 'migrate' else kind}"]),
        "USAGEFLOW_TOKEN_PUBLIC_KEYS": public_keys(credentials),
        "USAGEFLOW_CURSOR_SECRET": credentials.cursor_secret,
    }
    if kind == "migrate":
        environment["USAGEFLOW_OWNER_DATABASE_URL"] = site.owner_database_url
    else:
        # One process of each kind: it takes its partitions back at once after a crash, as the member it was.
        environment["USAGEFLOW_INSTANCE_ID"] = f"{service}-{kind}"
    for other in _CALLS.get(service, ()):
        if f"{other}-api" in site.ports:
            environment[f"USAGEFLOW_{other.upper()}_URL"] = site.url(other)
    if service in SIGNERS:
        key = credentials.signing_keys[service]
        environment |= {"USAGEFLOW_TOKEN_PRIVATE_KEY": key.seed, "USAGEFLOW_TOKEN_KEY_ID": key.key_id}
    if service == "gateway" and "dashboard" in site.ports:
        # The dashboard passes on the addresses that it saw, and it alone is believed.
        environment |= {
            "USAGEFLOW_DASHBOARD_ORIGIN": site.dashboard_url,
            "USAGEFLOW_TRUSTED_PROXIES": json.dumps([f"{HOST}/32"]),
        }
    return environment | _secrets_of(service, credentials)


def _secrets_of(service: str, credentials: Credentials) -> dict[str, str]:
    match service:
        case "gateway":
            return {"USAGEFLOW_KEY_PEPPER": credentials.key_pepper}
        case "aggregator":
            return {"USAGEFLOW_DIGEST_KEY": credentials.digest_key}
        case "webhooks":
            return {
                "USAGEFLOW_SECRETS_KEY": credentials.secrets_key,
                # Receivers of the demo and of tests listen on this machine; elsewhere its addresses are refused.
                "USAGEFLOW_WEBHOOK_ALLOWED_NETWORKS": json.dumps(["127.0.0.0/8", "::1/128"]),
            }
        case _:
            return {}
