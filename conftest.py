"""Every test may use the fixtures over a real PostgreSQL and a real Kafka; workers side by side each have their own."""

from pathlib import Path

import pytest

pytest_plugins = ["usageflow_common.testing.plugin"]

ROOT = Path(__file__).parent
LONG_FIRST = (
    "tests/e2e",
    "tests/dashboard",
    "services/aggregator/tests/integration/schedules",
    "chaos/tests/integration",
)
"""What takes longest is begun first, so that no worker waits for another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file stay together; those over the whole system share one."""
    places = [item.path.relative_to(ROOT).as_posix() for item in items]
    for item, place in zip(items, places, strict=True):
        item.add_marker(pytest.mark.xdist_group("system" if place.startswith("tests/e2e/") else place))
    rank = {
        id(item): next((at for at, begin in enumerate(LONG_FIRST) if place.startswith(begin)), len(LONG_FIRST))
        for item, place in zip(items, places, strict=True)
    }
    items.sort(key=lambda item: rank[id(item)])
