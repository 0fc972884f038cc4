"""`restore`: every shard of a restored database, to be told to the invoicer under a generation that the lost timeline never had."""

from __future__ import annotations

import argparse
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_aggregator.operators.rebuild import known_metrics, mandate_of
from usageflow_aggregator.operators.terminal import open_engine, print_line
from usageflow_aggregator.service.log_identity import resume_position
from usageflow_aggregator.service.republish import republish
from usageflow_aggregator.settings import AggregatorSettings
from usageflow_common.clock import Clock
from usageflow_common.kafka import Bus, Halt, LogReader
from usageflow_common.topics import EVENTS_RAW

FAILED: Final = 1


def restore_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `restore`."""
    parser.add_argument(
        "--above", type=int, required=True, help="the generation that the invoicer refuses and all below"
    )
    parser.add_argument("--reason", default="restored by an operator", help="stands in the audit log")
    parser.add_argument("--operator", default="operator", help="who decides it")


async def run_restore(arguments: argparse.Namespace) -> int:
    """0 when every shard is stored for the relay; 1, and nothing is changed, when events.raw does not go on where a partition stands."""
    async with open_engine() as (engine, settings):
        partitions = Bus(settings, "aggregator").partitions(EVENTS_RAW)
        halted = await _halted(engine, settings, partitions)
        for partition, halt in halted.items():
            print_line({"partition": partition, "halted": halt.reason, "detail": halt.detail})
        if halted:
            return FAILED
        async with known_metrics(settings) as book:
            for partition in range(partitions):
                told = await republish(
                    engine, Clock(), book.definition, partition, mandate_of(arguments), above=arguments.above
                )
                print_line({"partition": partition, "generation": told.generation, "rows": told.items})
    return 0


async def _halted(engine: AsyncEngine, settings: AggregatorSettings, partitions: int) -> dict[int, Halt]:
    """Partitions whose position and log do not fit together: a backup that is older than the log, or another log."""
    reader, halted = LogReader(Bus(settings, "aggregator"), EVENTS_RAW), dict[int, Halt]()
    await reader.start()
    try:
        for partition in range(partitions):
            position = await resume_position(engine, reader, partition, await reader.bounds(partition))
            if isinstance(position, Halt):
                halted[partition] = position
    finally:
        await reader.stop()
    return halted
