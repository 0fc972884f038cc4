"""The words that every service's command line knows: `api`, `worker`, `migrate`, `openapi`. A service's `__main__` adds its operators' own."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec
from fastapi import FastAPI
from pydantic import BaseModel

from usageflow_common.database import is_unavailable
from usageflow_common.kafka import Bus
from usageflow_common.migrations import ServiceSchema, upgrade
from usageflow_common.runtime import Command, serve
from usageflow_common.settings import MigrationSettings, ServiceSettings, read_settings
from usageflow_common.topics import Topic

NOT_REACHABLE: Final = 3
"""The exit code of a command that would have succeeded if PostgreSQL and Kafka had been there."""

Api = TypeVar("Api", bound=ServiceSettings)
Worker = TypeVar("Worker", bound=ServiceSettings)


def service_words(
    *,
    api: tuple[type[Api], Callable[[Api], FastAPI]],
    worker: tuple[type[Worker], Callable[[Worker], FastAPI]],
    migrate: Callable[[MigrationSettings], Awaitable[object]],
) -> tuple[Command, ...]:
    """The four words. `api` and `worker` name the settings and what builds the process from them."""

    async def run_api(_arguments: argparse.Namespace) -> int:
        settings = read_settings(api[0])
        return await _serve(api[1](settings), settings)

    async def run_worker(_arguments: argparse.Namespace) -> int:
        settings = read_settings(worker[0])
        return await _serve(worker[1](settings), settings)

    async def run_migrate(_arguments: argparse.Namespace) -> int:
        settings = read_settings(MigrationSettings)
        try:
            await migrate(settings)
        except Exception as error:
            if not is_unavailable(error):
                raise
            sys.stderr.write(f"PostgreSQL or Kafka cannot be reached: {str(error) or 'no answer in time'}\n")
            return NOT_REACHABLE
        return 0

    async def print_openapi(_arguments: argparse.Namespace) -> int:
        sys.stdout.buffer.write(msgspec.json.encode(api[1](read_settings(api[0])).openapi(), order="sorted"))
        return 0

    return (
        Command("api", "serve the HTTP API", run_api),
        Command("worker", "run the tasks behind it, with health and metrics on a port of their own", run_worker),
        Command("migrate", "bring schema and topics up to date; safe to repeat and to run twice at once", run_migrate),
        Command("openapi", "print the OpenAPI document of this service", print_openapi),
    )


async def _serve(app: FastAPI, settings: ServiceSettings) -> int:
    return await serve(app, host=settings.host, port=settings.port, limits=settings.connection_limits)


def payloads_word(payloads: Mapping[str, type[BaseModel]]) -> Command:
    """A further word for services that tell facts: the JSON Schema of the `data` of each type, from the model that it is made with."""

    async def print_payloads(_arguments: argparse.Namespace) -> int:
        schemas = {name: model.model_json_schema(mode="serialization") for name, model in payloads.items()}
        sys.stdout.buffer.write(msgspec.json.encode(schemas, order="sorted"))
        return 0

    return Command("payloads", "print the JSON schemas of the facts that this service tells", print_payloads)


async def bring_up_to_date(settings: MigrationSettings, schema: ServiceSchema, topics: Sequence[Topic]) -> None:
    """Upgrade the schema as its owner, then create or mend the topics."""
    await asyncio.to_thread(
        upgrade,
        schema,
        owner_url=settings.owner_database_url.get_secret_value(),
        service_url=settings.database_url.get_secret_value(),
    )
    await Bus(settings, schema.service).ensure_topics(topics)
