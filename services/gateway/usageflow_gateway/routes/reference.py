"""GET /api/openapi.json, the description of the API, and /api/docs, the same as a page to read and to try.

No credentials are needed, and nothing is loaded from anywhere else.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

import fastapi_offline
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usageflow_common.errors import NotFound

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>UsageFlow API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MEDIA: Final = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


async def show_reference(_request: Request) -> Response:
    """The page."""
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(_PAGE, media_type="text/html", headers=headers)


async def show_asset(request: Request) -> Response:
    """What the page loads."""
    name = request.path_params["name"]
    if name == "start.js":
        return Response(_START, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
    if name not in _MEDIA:
        raise NotFound
    return Response(_asset(name), media_type=_MEDIA[name], headers={"Cache-Control": "public, max-age=86400"})


async def show_openapi(_request: Request) -> Response:
    """The description of the whole API, which is part of this package."""
    document = resources.files("usageflow_gateway").joinpath("openapi.json").read_bytes()
    return Response(document, media_type="application/json", headers={"Cache-Control": "no-cache"})


@cache
def _asset(name: str) -> bytes:
    return resources.files(fastapi_offline).joinpath("static", name).read_bytes()


REFERENCE_ROUTES: Final = (
    Route("/api/openapi.json", show_openapi, methods=["GET"]),
    Route("/api/docs", show_reference, methods=["GET"]),
    Route("/api/docs/{name}", show_asset, methods=["GET"]),
)
