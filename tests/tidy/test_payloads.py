"""The published JSON schemas of webhooks are what the services say of the facts they tell."""

import json

from source import ROOT

from usageflow_cli.payloads import body_text, payload_schemas


def test_the_published_schemas_are_what_the_services_say():
    told = payload_schemas()
    published = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs/events").glob("*.json")}
    assert published == {name: body_text(name, schema) for name, schema in told.items()}, "run make events"
    shown = ROOT / "services/webhooks/usageflow_webhooks/payloads.json"
    assert json.loads(shown.read_text(encoding="utf-8")) == told, "run make events"
