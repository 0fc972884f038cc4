"""The whole system with its dashboard on throw-away parts, once for all journeys."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from usageflow_local.system import System


@pytest_asyncio.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with System.start(tmp_path_factory.mktemp("dashboard"), throwaway=True, dashboard=True) as running:
        yield running
