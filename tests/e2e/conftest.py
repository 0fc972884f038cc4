"""The whole system on throw-away parts, once for all end-to-end tests."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from tenant import Tenant

from usageflow_cli.receiver import Receiver
from usageflow_local.system import System


@pytest_asyncio.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with System.start(tmp_path_factory.mktemp("system"), throwaway=True) as running:
        yield running


@pytest_asyncio.fixture
async def http(system: System) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {system.api_key}"}
    async with httpx.AsyncClient(base_url=system.gateway_url, headers=headers, timeout=40, trust_env=False) as client:
        yield client


@pytest.fixture
def tenant(http: httpx.AsyncClient) -> Tenant:
    return Tenant(http)


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running
