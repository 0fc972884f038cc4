"""`upkeep`, `days list`, `keys list`: what grows with every event, and when it is set aside."""

from __future__ import annotations

import argparse

import asyncpg

from usageflow_aggregator.operators.terminal import open_engine, print_line
from usageflow_aggregator.service.upkeep import keep_up, list_days, list_generations
from usageflow_common.clock import Clock


async def run_upkeep(_arguments: argparse.Namespace) -> int:
    """`upkeep`: one round now, as the worker makes one each minute; 1 when a change would have had to wait for counting too long."""
    async with open_engine() as (engine, settings):
        try:
            print_line(await keep_up(engine, Clock(), settings.policy))
        except asyncpg.LockNotAvailableError:
            print_line(
                {"code": "busy", "detail": "Counting holds what has to be changed. The rest is done; try again."}
            )
            return 1
    return 0


async def run_days(arguments: argparse.Namespace) -> int:
    """`days list`: one JSON object a line for each day of raw events."""
    async with open_engine() as (engine, _):
        for day in await list_days(engine, detached=arguments.detached):
            print_line(day)
    return 0


async def run_generations(_arguments: argparse.Namespace) -> int:
    """`keys list`: one JSON object a line for each generation of keys."""
    async with open_engine() as (engine, _):
        for generation in await list_generations(engine):
            print_line(generation)
    return 0


def days_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `days list`."""
    parser.add_argument("--detached", action="store_true", help="the ones that were set aside and that no query sees")
