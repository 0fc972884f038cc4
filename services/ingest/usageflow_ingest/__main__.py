"""`python -m usageflow_ingest`: api, worker, migrate, openapi, restore."""

from __future__ import annotations

from usageflow_common.entry import service_words
from usageflow_common.runtime import Command, command_line
from usageflow_ingest.app import build_app
from usageflow_ingest.migrate import migrate
from usageflow_ingest.operators.restore import run_restore
from usageflow_ingest.settings import IngestSettings
from usageflow_ingest.worker import build_worker

COMMANDS = (
    *service_words(api=(IngestSettings, build_app), worker=(IngestSettings, build_worker), migrate=migrate),
    Command("restore", "after a restore: take over the metrics that Kafka knows", run_restore),
)

if __name__ == "__main__":
    command_line("ingest", COMMANDS)
