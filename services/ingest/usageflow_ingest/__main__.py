"""`python -m usageflow_ingest`: api, worker, migrate, openapi."""

from __future__ import annotations

from usageflow_common.entry import service_words
from usageflow_common.runtime import command_line
from usageflow_ingest.app import build_app
from usageflow_ingest.migrate import migrate
from usageflow_ingest.settings import IngestSettings
from usageflow_ingest.worker import build_worker

if __name__ == "__main__":
    command_line(
        "ingest",
        service_words(api=(IngestSettings, build_app), worker=(IngestSettings, build_worker), migrate=migrate),
    )
