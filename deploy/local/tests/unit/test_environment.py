"""Which process gets what."""

import json
from pathlib import Path

import pytest

from usageflow_local.credentials import kept_credentials
from usageflow_local.environment import Site, environment_of
from usageflow_local.layout import usual_ports
from usageflow_local.services import SERVICES


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        owner_database_url="postgresql://owner@127.0.0.1/usageflow",
        database_url=lambda role, password: f"postgresql://{role}:{password}@127.0.0.1/usageflow",
        kafka_bootstrap="127.0.0.1:19092",
        ports=usual_ports(SERVICES),
        credentials=kept_credentials(tmp_path / "credentials.json", [service.name for service in SERVICES]),
    )


@pytest.mark.parametrize(
    ("variable", "holders"),
    [
        ("USAGEFLOW_KEY_PEPPER", {"gateway"}),
        ("USAGEFLOW_DIGEST_KEY", {"aggregator"}),
        ("USAGEFLOW_SECRETS_KEY", {"webhooks"}),
        ("USAGEFLOW_WEBHOOK_ALLOWED_NETWORKS", {"webhooks"}),
        ("USAGEFLOW_TOKEN_PRIVATE_KEY", {"gateway", "invoicer"}),
        ("USAGEFLOW_AGGREGATOR_URL", {"gateway", "invoicer"}),
        ("USAGEFLOW_WEBHOOKS_URL", {"gateway"}),
        ("USAGEFLOW_OWNER_DATABASE_URL", set()),
        ("USAGEFLOW_CURSOR_SECRET", {service.name for service in SERVICES}),
        ("USAGEFLOW_TOKEN_PUBLIC_KEYS", {service.name for service in SERVICES}),
    ],
)
def test_a_variable_reaches_those_that_need_it_and_nobody_else(site: Site, variable: str, holders: set[str]) -> None:
    assert {service.name for service in SERVICES if variable in environment_of(service.name, "api", site)} == holders


def test_only_migrations_act_as_the_owner(site: Site) -> None:
    assert environment_of("ingest", "migrate", site)["USAGEFLOW_OWNER_DATABASE_URL"] == site.owner_database_url
    assert "USAGEFLOW_OWNER_DATABASE_URL" not in environment_of("ingest", "worker", site)


def test_every_service_has_a_role_and_a_password_of_its_own(site: Site) -> None:
    urls = [environment_of(service.name, "worker", site)["USAGEFLOW_DATABASE_URL"] for service in SERVICES]
    assert urls[1].startswith("postgresql://usageflow_ingest:")
    assert len(set(urls)) == len(urls)


def test_api_and_worker_listen_on_different_ports(site: Site) -> None:
    assert environment_of("invoicer", "api", site)["USAGEFLOW_PORT"] == "8083"
    assert environment_of("invoicer", "worker", site)["USAGEFLOW_PORT"] == "9083"


def test_the_signer_finds_its_own_key_among_the_public_ones(site: Site) -> None:
    environment = environment_of("invoicer", "worker", site)
    public_keys = json.loads(environment["USAGEFLOW_TOKEN_PUBLIC_KEYS"])
    assert set(public_keys) == {"usageflow-gateway", "usageflow-invoicer"}
    assert environment["USAGEFLOW_TOKEN_KEY_ID"] in public_keys["usageflow-invoicer"]
