"""`python -m usageflow_aggregator`: api, worker, migrate, openapi, and the operators' commands."""

from __future__ import annotations

from usageflow_aggregator.app import build_app
from usageflow_aggregator.migrate import migrate
from usageflow_aggregator.operators.quarantine import (
    list_arguments,
    repair_arguments,
    run_list,
    run_repair,
    run_show,
    run_waive,
    show_arguments,
    waive_arguments,
)
from usageflow_aggregator.operators.rebuild import (
    rebuild_arguments,
    republish_arguments,
    run_rebuild,
    run_republish,
)
from usageflow_aggregator.operators.restore import restore_arguments, run_restore
from usageflow_aggregator.operators.upkeep import days_arguments, run_days, run_generations, run_upkeep
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_aggregator.worker import build_worker
from usageflow_common.entry import service_words
from usageflow_common.runtime import Command, command_line

COMMANDS = (
    *service_words(api=(AggregatorSettings, build_app), worker=(AggregatorSettings, build_worker), migrate=migrate),
    Command("quarantine list", "show records that nobody can read", run_list, list_arguments),
    Command("quarantine show", "show one of them, bytes and all", run_show, show_arguments),
    Command("quarantine repair", "send such a record again as it was meant", run_repair, repair_arguments),
    Command("quarantine waive", "give such a record up", run_waive, waive_arguments),
    Command("upkeep", "make days ahead, begin and forget generations of keys, set old days aside, once", run_upkeep),
    Command("days list", "show the days of raw events", run_days, days_arguments),
    Command("keys list", "show the generations of keys", run_generations),
    Command("rebuild", "compare what is kept with raw events, and put it right", run_rebuild, rebuild_arguments),
    Command("republish", "tell the invoicer a whole partition once more", run_republish, republish_arguments),
    Command("restore", "after a restore: begin a new generation of every partition", run_restore, restore_arguments),
)

if __name__ == "__main__":
    command_line("aggregator", COMMANDS)
