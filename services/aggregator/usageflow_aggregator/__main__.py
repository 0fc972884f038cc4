"""`python -m usageflow_aggregator api | worker | migrate | quarantine list | quarantine waive`."""

from __future__ import annotations

import argparse

from usageflow_aggregator.app import create_api
from usageflow_aggregator.migrate import migrate
from usageflow_aggregator.operate import list_arguments, run_list, run_waive, waive_arguments
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_aggregator.worker import create_worker
from usageflow_common.runtime import Command, command_line, serve


async def _api(_arguments: argparse.Namespace) -> int:
    settings = AggregatorSettings()
    return await serve(create_api(settings), host=settings.host, port=settings.port)


async def _worker(_arguments: argparse.Namespace) -> int:
    settings = AggregatorSettings()
    return await serve(create_worker(settings), host=settings.host, port=settings.port)


async def _migrate(_arguments: argparse.Namespace) -> int:
    await migrate(AggregatorSettings())
    return 0


if __name__ == "__main__":
    command_line(
        "aggregator",
        [
            Command("api", "Answer HTTP requests", _api),
            Command("worker", "Count events", _worker),
            Command("migrate", "Upgrade the schema, create topics, begin new partitions", _migrate),
            Command("quarantine list", "Show records that nobody can read", run_list, list_arguments),
            Command("quarantine waive", "Give such a record up", run_waive, waive_arguments),
        ],
    )
