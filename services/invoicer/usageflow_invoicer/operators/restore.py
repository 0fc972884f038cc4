"""`restore`: what was applied belongs to a timeline that is gone. Only shards that are told anew count from here on; invoices come back."""

from __future__ import annotations

import argparse

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.kafka import Bus
from usageflow_common.records import ClockRecord
from usageflow_common.topics import CLOCKS_CHANGED, USAGE_AGGREGATED, decode
from usageflow_invoicer.operators.logs import open_log
from usageflow_invoicer.operators.reimport import reimport
from usageflow_invoicer.operators.terminal import open_engine, print_line
from usageflow_invoicer.service.restoring import adopt_clock, begin_generation
from usageflow_invoicer.settings import InvoicerSettings


async def run_restore(_arguments: argparse.Namespace) -> int:
    """As `reimport`. The first line has the generation that the shards must be above, and how many clocks were behind."""
    async with open_engine() as (engine, settings):
        ends = await _ends(settings)
        generation = await begin_generation(engine, ends, int(Clock().wall().timestamp() * 1_000))
        clocks = await _adopt_clocks(engine, settings)
        print_line({"generation": generation, "partitions": len(ends), "clocks": clocks})
        return await reimport(engine, settings)


async def _ends(settings: InvoicerSettings) -> dict[int, int]:
    """Where usage.aggregated ends, partition by partition."""
    async with open_log(settings, USAGE_AGGREGATED) as reader:
        partitions = Bus(settings, "invoicer").partitions(USAGE_AGGREGATED)
        return {partition: (await reader.bounds(partition)).end for partition in range(partitions)}


async def _adopt_clocks(engine: AsyncEngine, settings: InvoicerSettings) -> int:
    """Time that was told to everybody has passed; how many clocks were behind it."""
    adopted = 0
    async with open_log(settings, CLOCKS_CHANGED) as reader:
        async for message in reader.stream(0):
            record = decode(CLOCKS_CHANGED, message.value, message.headers.get("schema"))
            if isinstance(record, ClockRecord):
                adopted += await adopt_clock(engine, record, Clock().wall())
    return adopted
