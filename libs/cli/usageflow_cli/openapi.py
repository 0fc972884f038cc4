"""`usageflow openapi`: the public API of all services as one document."""

from __future__ import annotations


def openapi() -> None:
    """Print the OpenAPI document."""
