"""The checked-in OpenAPI document is what the services say of themselves, and the gateway serves it."""

import json

from source import ROOT

from usageflow_cli.openapi import whole_document


def test_the_document_is_what_the_services_say():
    checked_in = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    assert checked_in == whole_document(), "run make openapi"


def test_the_gateway_serves_the_document():
    served = ROOT / "services/gateway/usageflow_gateway/openapi.json"
    assert served.read_bytes() == (ROOT / "docs/openapi.json").read_bytes()
