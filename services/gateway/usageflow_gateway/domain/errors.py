"""Problems that only the gateway has."""

from __future__ import annotations

from usageflow_common.errors import UsageflowError


class RateLimited(UsageflowError):
    """More than is agreed: slow down."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"
