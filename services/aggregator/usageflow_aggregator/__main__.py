"""`python -m usageflow_aggregator`: api, worker, migrate, openapi, and the quarantine."""

from __future__ import annotations

from usageflow_aggregator.app import build_app
from usageflow_aggregator.migrate import migrate
from usageflow_aggregator.operate import list_arguments, run_list, run_waive, waive_arguments
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_aggregator.worker import build_worker
from usageflow_common.entry import service_words
from usageflow_common.runtime import Command, command_line

COMMANDS = (
    *service_words(api=(AggregatorSettings, build_app), worker=(AggregatorSettings, build_worker), migrate=migrate),
    Command("quarantine list", "show records that nobody can read", run_list, list_arguments),
    Command("quarantine waive", "give such a record up", run_waive, waive_arguments),
)

if __name__ == "__main__":
    command_line("aggregator", COMMANDS)
