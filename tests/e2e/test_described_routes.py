"""Every route that the description names and that a key can ask, called with whatever the description permits and with what it
does not: no answer is a defect of ours, and each is one that the description foretells.
"""

import json
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
LEAD_OUTSIDE = {("post", "/api/webhooks/endpoints"), ("patch", "/api/webhooks/endpoints/{endpointId}")}
"""Made-up receivers would be delivered to; what these routes refuse has tests of its own."""

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
EXAMPLES = 5
OPERATIONS = [
    (method.upper(), path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if methods[method].get("x-required-scope") and (method, path) not in LEAD_OUTSIDE
]
SOON = {503, 504, 409}
"""A part is restarted, or somebody holds the key: another test's business."""


@pytest.fixture(scope="module")
def schema():
    return schemathesis.openapi.from_dict(DOCUMENT)


@pytest_asyncio.fixture(scope="module")
async def known(system):
    """Ids that exist, so that not every path ends at 404."""
    headers = {"Authorization": f"Bearer {system.api_key}", "Idempotency-Key": str(uuid4())}
    async with httpx.AsyncClient(base_url=system.gateway_url, headers=headers, timeout=40, trust_env=False) as http:
        metric = await http.post("/api/metrics", json={"code": "FUZZED", "name": "Fuzzed", "aggregation": "SUM"})
        event = await http.post("/api/track", json={"metric": "FUZZED", "customerId": "fuzzed"})
    return {"metricId": metric.json()["id"], "eventId": event.json()["eventId"]}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["permitted", "not permitted"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
def test_a_described_route_answers_as_described(system, schema, known, method, path, mode):
    operation = schema[path][method]
    names = {name for name in known if "{" + name + "}" in path}
    strategy = operation.as_strategy(mode, path_parameters={name: known[name] for name in names} or None)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def answers_as_described(case):
        headers = {"Authorization": f"Bearer {system.api_key}"}
        if mode is GenerationMode.POSITIVE:
            # a made-up key is soon one that was used, and a made-up version never the present one: both would end the request early
            case.headers = {"If-Match": "*"} if "If-Match" in (case.headers or {}) else {}
        if "Idempotency-Key" not in (case.headers or {}):
            headers["Idempotency-Key"] = str(uuid4())
        for _ in range(3):
            response = case.call(base_url=system.gateway_url, headers=headers)
            if response.status_code not in SOON:
                break
        case.validate_response(response, checks=CHECKS)

    answers_as_described()
