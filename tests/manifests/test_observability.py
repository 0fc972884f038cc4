"""deploy/observability asks for metrics that there are, from every process, and every alert says what to do."""

import json
import re
import sys
from itertools import chain
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from objects import ROOT, of_kind, written

from usageflow_local.services import SERVICES

FOLDER = ROOT / "deploy" / "observability"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
ALERTS = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
RULES = [rule for group in ALERTS for rule in group["rules"]]
PANELS = json.loads((FOLDER / "grafana" / "usageflow.json").read_text())["panels"]
QUERIES = {
    **{f"alert {rule['alert']}": rule["expr"] for rule in RULES},
    **{f"panel {panel['title']} {ask['refId']}": ask["expr"] for panel in PANELS for ask in panel["targets"]},
}
SUFFIXES = {"Counter": [""], "Gauge": [""], "Histogram": ["_bucket", "_sum", "_count"]}


def metrics() -> set[str]:
    """The names that processes answer with."""
    sources = chain(
        (ROOT / "libs" / "common" / "usageflow_common").rglob("*.py"), (ROOT / "services").glob("*/usageflow_*/**/*.py")
    )
    declared = (
        found
        for source in sources
        for found in re.findall(r'\b(Counter|Gauge|Histogram)\(\s*"(usageflow_\w+)"', source.read_text())
    )
    return {name + suffix for kind, name in declared for suffix in SUFFIXES[kind]}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_a_query_asks_for_a_metric_that_there_is(query):
    asked = set(re.findall(r"\busageflow_\w+", query))

    assert asked <= metrics()
    assert asked or query.startswith(("up{", "predict_linear(kubelet_volume_stats_"))


def test_the_cluster_has_the_same_alerts():
    [rules] = of_kind(written(), "PrometheusRule")

    assert rules["spec"]["groups"] == ALERTS


def test_every_alert_has_a_runbook_of_its_own():
    titles = re.findall(r"^### (\w+)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)

    assert titles == [rule["alert"] for rule in RULES]


def test_prometheus_asks_every_process():
    [ours, _] = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    asked = {
        (each["labels"]["service"], target.removesuffix(":8080"))
        for each in ours["static_configs"]
        for target in each["targets"]
    }

    assert asked == {(service.name, name) for service in SERVICES for name in (service.name, f"{service.name}-worker")}
    assert {name for _, name in asked} <= COMPOSE.keys()


def test_what_compose_mounts_is_there():
    for name, part in COMPOSE.items():
        for volume in part.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (ROOT / source).is_file(), f"{name}: {source}"
