"""docs/metrics.md names every metric that the code declares, with its kind and labels, and every alert beside what it looks at."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ALERTS = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
RULES = [rule for group in ALERTS for rule in group["rules"]]

ROW = re.compile(r"^\| `(usageflow_\w+)` \| (\w+) \| ([\w, ]*) ?\| .+? \| ?(\w*) ?\|$", re.MULTILINE)
DECLARED = re.compile(
    r'\b(Counter|Gauge|Histogram)\(\s*"(usageflow_\w+)",\s*"[^"]+"(?:,\s*\[([^\]]*)\])?(?:,\s*buckets=\([^)]*\))?,?\s*\)'
)


def written():
    """Name to kind, labels and alert, as the document has them."""
    rows = ROW.findall((ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"))
    return {
        name: (kind, sorted(each.strip() for each in labels.split(",") if each.strip()), alert)
        for name, kind, labels, alert in rows
    }


def declared():
    """Name to kind and labels, as the code has them."""
    folders = (ROOT / "libs" / "common" / "usageflow_common", *(ROOT / "services").glob("*/usageflow_*"))
    sources = [path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py")]
    return {
        name: (kind, sorted(re.findall(r'"(\w+)"', labels)))
        for source in sources
        for kind, name, labels in DECLARED.findall(source)
    }


def test_the_document_has_every_metric_with_its_kind_and_labels():
    found = declared()
    assert {name: (kind, labels) for name, (kind, labels, _) in written().items()} == found
    assert "usageflow_http_requests_total" in found


def test_every_alert_stands_beside_the_metrics_that_it_looks_at():
    beside = {(name, alert) for name, (_, _, alert) in written().items() if alert}
    asked = {
        (name.removesuffix("_bucket"), rule["alert"])
        for rule in RULES
        for name in re.findall(r"\busageflow_\w+", rule["expr"])
    }
    assert beside == asked
