"""The HTTP edge of every service: problem+json, request ids, bodies with limits, who is asking, health, metrics and a graceful end."""

from usageflow_common.http.answers import answer_response, json_response, resource_response
from usageflow_common.http.app import Lifespan, create_app
from usageflow_common.http.bodies import body_chunks, media_type, read_body
from usageflow_common.http.callers import authenticated, caller_with
from usageflow_common.http.exact import CONTROL_BODY_BYTES_MAX, ExactRoute, read_json
from usageflow_common.http.health import Check
from usageflow_common.http.problems import problem_of, problem_response
from usageflow_common.http.versions import IfMatch, KnownVersion, SeenVersion, expected_version

__all__ = [
    "CONTROL_BODY_BYTES_MAX",
    "Check",
    "ExactRoute",
    "IfMatch",
    "KnownVersion",
    "Lifespan",
    "SeenVersion",
    "answer_response",
    "authenticated",
    "body_chunks",
    "caller_with",
    "create_app",
    "expected_version",
    "json_response",
    "media_type",
    "problem_of",
    "problem_response",
    "read_body",
    "read_json",
    "resource_response",
]
