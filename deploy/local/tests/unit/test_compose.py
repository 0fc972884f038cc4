"""docker-compose.yml gives each process what it needs and nothing else, and `make compose-env` makes every secret that it asks for."""

import itertools
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from usageflow_local.compose import make_env_file
from usageflow_local.credentials import kept_credentials
from usageflow_local.environment import Site, environment_of, environment_of_dashboard
from usageflow_local.services import KINDS, SERVICES

ROOT = Path(__file__).resolve().parents[4]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
PARTS = yaml.safe_load(COMPOSE)["services"]
NAMES = [service.name for service in SERVICES]


def process(service, kind):
    """The container of a process."""
    return PARTS[{"api": service, "worker": f"{service}-worker", "migrate": f"migrate-{service}"}[kind]]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    credentials = kept_credentials(tmp_path_factory.mktemp("home") / "credentials", NAMES)
    ports = {service.part(kind): service.preferred_port(kind) for service in SERVICES for kind in service.kinds}
    return Site("postgresql://owner", lambda role, _: f"postgresql://{role}", "127.0.0.1:9092", ports, credentials)


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize("kind", [*KINDS, "migrate"])
def test_a_container_has_the_settings_of_the_process_in_it(site, service, kind):
    # An operator may choose these, and does not have to.
    chosen = {"USAGEFLOW_DASHBOARD_ORIGIN", "USAGEFLOW_TOPIC_PREFIX", "USAGEFLOW_TRUSTED_PROXIES"}

    given = process(service, kind)["environment"].keys() - chosen

    assert given == environment_of(service, kind, site).keys() - chosen
    assert process(service, kind)["command"] == ["python", "-m", f"usageflow_{service}", kind]


def test_the_dashboard_has_its_settings_and_waits_for_the_gateway(site):
    dashboard = PARTS["dashboard"]

    assert (
        dashboard["environment"].keys()
        == environment_of_dashboard(replace(site, ports={**site.ports, "dashboard": 3000})).keys()
    )
    assert dashboard["depends_on"] == {"gateway": {"condition": "service_healthy"}}


def test_migrations_run_one_after_another_and_before_everything_else():
    for before, after in itertools.pairwise(NAMES):
        assert f"migrate-{before}" in process(after, "migrate")["depends_on"]
    for service in NAMES:
        for kind in KINDS:
            assert process(service, kind)["depends_on"] == {
                f"migrate-{NAMES[-1]}": {"condition": "service_completed_successfully"}
            }


def test_nothing_is_open_but_on_this_machine_and_no_process_of_ours_may_write():
    for name, part in PARTS.items():
        assert all(port.startswith("127.0.0.1:") for port in part.get("ports", [])), name
        if part["image"].startswith("usageflow/"):
            assert part["read_only"], name


def test_the_env_file_holds_every_secret_that_is_asked_for_and_is_never_written_twice(tmp_path):
    path = tmp_path / ".env"

    assert make_env_file(path)
    written = path.read_text()
    assert not make_env_file(path)

    assert path.read_text() == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    values = dict(re.findall(r"^(\w+)='(.*)'$", written, re.MULTILINE))
    assert len(values) == len(written.splitlines())
    assert set(re.findall(r"\$\{(\w+):\?", COMPOSE)) == values.keys()
    assert all(values.values())
    # Roles and passwords stand in URLs as they are.
    assert all(re.fullmatch(r"[\w-]+", value) for name, value in values.items() if name.endswith("_PASSWORD"))


def test_each_service_has_a_lock_whose_versions_are_those_that_were_tested():
    tested = set(re.findall(r"^([\w.-]+==\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    for service in NAMES:
        lock = (ROOT / "deploy" / "images" / f"{service}.lock").read_text()
        pins = set(re.findall(r"^([\w.-]+==\S+)", lock, re.MULTILINE))
        assert "fastapi" in {pin.split("==")[0] for pin in pins}
        assert pins <= tested
        assert "pytest" not in {pin.split("==")[0] for pin in pins}
        assert "://" not in lock
