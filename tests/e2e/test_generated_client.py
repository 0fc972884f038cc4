"""The description is good enough for a generator: what it writes imports, and works against the running gateway."""

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.json"
PACKAGE = "usageflow_generated"
# Formatting is for readers. The generator does not know PDF, which is bytes like any other.
CONFIGURATION = "post_hooks: []\ncontent_type_overrides:\n  application/pdf: application/octet-stream\n"
WITHOUT_A_MODEL = {"POST /api/track/batch", "POST /api/backfills/{backfillId}/events"}
"""They take newline-delimited JSON beside JSON; the generator leaves that form out and says so."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The package that openapi-python-client writes, importable; yields what the generator warned of as well."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "generator.yml").write_text(CONFIGURATION)
    where = ["--path", DESCRIPTION, "--output-path", folder / PACKAGE, "--config", folder / "generator.yml"]
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", *where],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sys.path.insert(0, str(folder))
    yield done.stdout + done.stderr
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def part(name):
    return importlib.import_module(f"{PACKAGE}.{name}")


def test_everything_that_is_generated_imports(generated):
    assert set(re.findall(r"WARNING parsing (\S+ \S+) ", generated)) == WITHOUT_A_MODEL
    package = importlib.import_module(PACKAGE)
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")]
    assert len([name for name in names if ".api." in name]) > 100
    for name in names:
        importlib.import_module(name)


def test_a_generated_client_makes_a_metric_changes_it_and_sends_an_event(generated, system):
    models, track = part("models"), part("api.ingest.track")
    create = part("api.ingest.create_metric_api_metrics_post")
    change = part("api.ingest.change_metric_api_metrics_metric_id_patch")
    with part("client").AuthenticatedClient(base_url=system.gateway_url, token=system.api_key) as client:
        wish = models.MetricInput(code="GENERATED", name="Generated", aggregation=models.MetricInputAggregation.SUM)
        made = create.sync_detailed(client=client, body=wish, idempotency_key="generated-1")
        again = create.sync_detailed(client=client, body=wish, idempotency_key="generated-1")
        assert (made.status_code, again.parsed.id) == (201, made.parsed.id)
        assert again.headers["Idempotent-Replayed"] == "true"

        rename = models.MetricPatch(name="By a generated client")
        renamed = change.sync_detailed(made.parsed.id, client=client, body=rename, if_match='"1"')
        assert (renamed.status_code, renamed.parsed.name) == (200, "By a generated client")
        stale = change.sync_detailed(made.parsed.id, client=client, body=rename, if_match='"1"')
        assert (stale.status_code, stale.parsed.code) == (412, "precondition_failed")

        event = models.SentEvent(metric="GENERATED", customer_id="customer-1", amount=2)
        sent = track.sync_detailed(client=client, body=event, idempotency_key="generated-event")
        assert (sent.status_code, sent.parsed.idempotency_key) == (202, "generated-event")
