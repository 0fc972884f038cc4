"""Every test may use the fixtures over a real PostgreSQL and a real Kafka; workers side by side each have their own."""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["usageflow_common.testing.plugin"]

ROOT = Path(__file__).parent
LONG_FIRST = (
    "tests/e2e",
    "tests/dashboard",
    "services/aggregator/tests/integration/schedules",
    "chaos/tests/integration",
)
"""What takes longest is begun first, so that no worker waits for another at the end."""


class ByPlace(LoadScopeScheduling):
    """Tests of a file go to one worker, which makes what they share once; those over the whole system share one, too."""

    def _split_scope(self, nodeid: str) -> str:
        place = nodeid.partition("::")[0]
        return "tests/e2e" if place.startswith("tests/e2e/") else place


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace:
    """How `make test` shares tests out."""
    return ByPlace(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first."""
    places = [item.path.relative_to(ROOT).as_posix() for item in items]
    rank = {
        id(item): next((at for at, begin in enumerate(LONG_FIRST) if place.startswith(begin)), len(LONG_FIRST))
        for item, place in zip(items, places, strict=True)
    }
    items.sort(key=lambda item: rank[id(item)])
