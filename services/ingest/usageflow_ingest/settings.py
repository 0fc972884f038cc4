"""Settings of ingest."""

from __future__ import annotations

from usageflow_common.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """Nothing beyond what every service needs; both processes take the same."""
