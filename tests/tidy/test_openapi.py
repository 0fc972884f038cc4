"""The checked-in OpenAPI document is what the services say of themselves, and the gateway serves it."""

import json

from source import ROOT

from usageflow_cli.openapi import whole_document
from usageflow_gateway.domain.route_table import ROUTES
from usageflow_gateway.domain.routing import KeyRule

KEY = {KeyRule.REQUIRED: [True], KeyRule.HONOURED: [False], KeyRule.NAMES_EVENTS: [False], KeyRule.IGNORED: []}


def test_the_document_is_what_the_services_say():
    checked_in = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    assert checked_in == whole_document(), "run make openapi"


def test_every_operation_tells_what_an_idempotency_key_means_there():
    paths = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))["paths"]
    told = {
        (method.upper(), path): [
            each["required"] for each in operation.get("parameters", ()) if each["name"] == "Idempotency-Key"
        ]
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert told == {(route.method, route.pattern): KEY[route.key_rule] for route in ROUTES}


def test_the_gateway_serves_the_document():
    served = ROOT / "services/gateway/usageflow_gateway/openapi.json"
    assert served.read_bytes() == (ROOT / "docs/openapi.json").read_bytes()
