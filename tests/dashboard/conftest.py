"""The whole system with its dashboard on throw-away parts, once for all journeys."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from usageflow_local.system import System

_MANY_PEOPLE = {"USAGEFLOW_AUTH_ATTEMPTS_PER_MINUTE": "1000"}
"""All of them sign up from one address."""


@pytest_asyncio.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("dashboard")
    async with System.start(folder, throwaway=True, dashboard=True, overrides=_MANY_PEOPLE) as running:
        yield running
