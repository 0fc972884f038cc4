"""The service's OpenAPI document tells of every public route, also of the plain ones."""

from __future__ import annotations

import base64
import json

from usageflow_ingest.app import build_app
from usageflow_ingest.settings import IngestSettings


def test_every_public_route_is_described_with_its_scope_and_its_problems() -> None:
    settings = IngestSettings.model_validate(
        {
            "kafka_bootstrap": "127.0.0.1:9",
            "database_url": "postgresql://usageflow_ingest@127.0.0.1:9/usageflow",
            "port": 8081,
            "token_public_keys": {},
            "cursor_secret": base64.b64encode(b"c" * 32),
        }
    )
    document = json.loads(json.dumps(build_app(settings).openapi()))
    scopes = {
        (method, path): operation["x-required-scope"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert scopes == {
        ("post", "/api/track"): "track:write",
        ("post", "/api/track/batch"): "track:write",
        ("post", "/api/backfills/{backfillId}/events"): "events:write",
        ("get", "/api/metrics"): "metrics:read",
        ("post", "/api/metrics"): "metrics:write",
        ("get", "/api/metrics/{metricId}"): "metrics:read",
        ("patch", "/api/metrics/{metricId}"): "metrics:write",
        ("post", "/api/metrics/{metricId}/archive"): "metrics:write",
        ("post", "/api/metrics/{metricId}/unarchive"): "metrics:write",
        ("get", "/api/analytics/rejections"): "events:read",
        ("get", "/api/rejected-events"): "events:read",
        ("get", "/api/rejected-events/{rejectedEventId}"): "events:read",
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "eventName" in {p["name"] for p in document["paths"]["/api/metrics"]["get"]["parameters"]}
