"""The PostgreSQL and the Kafka of a test run: given by the environment, or embedded, or in containers."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Literal

import pytest

from usageflow_local.kafka import LocalKafka
from usageflow_local.postgres import LocalPostgres


def start_postgres(stack: ExitStack, folders: pytest.TempPathFactory) -> str:
    """The owner's address of the maintenance database; what is started ends with `stack`."""
    if url := os.environ.get("USAGEFLOW_TEST_POSTGRES"):
        return url
    if _backend() == "containers":
        from usageflow_common.testing.containers import postgres_container  # noqa: PLC0415 -- only where containers are

        return stack.enter_context(postgres_container())
    return stack.enter_context(LocalPostgres(folders.mktemp("postgres"), throwaway=True)).url("postgres")


def start_kafka(stack: ExitStack, folders: pytest.TempPathFactory) -> str:
    """The bootstrap address; what is started ends with `stack`."""
    if bootstrap := os.environ.get("USAGEFLOW_TEST_KAFKA"):
        return bootstrap
    if _backend() == "containers":
        from usageflow_common.testing.containers import kafka_container  # noqa: PLC0415 -- only where containers are

        return stack.enter_context(kafka_container())
    return stack.enter_context(LocalKafka(folders.mktemp("kafka"), throwaway=True)).bootstrap


def _backend() -> Literal["embedded", "containers"]:
    match os.environ.get("USAGEFLOW_TEST_BACKEND", "embedded"):
        case "embedded":
            return "embedded"
        case "containers":
            return "containers"
        case other:
            raise ValueError(f"USAGEFLOW_TEST_BACKEND is {other!r}; it must be embedded or containers.")
