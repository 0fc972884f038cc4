"""What the last line of the terminal says."""

from usageflow_local.home import PartState
from usageflow_local.terminal import summary


def _part(name: str, state: str = "running", restarts: int = 0) -> PartState:
    return PartState(name, state, "127.0.0.1:1", pid=1, guardian_pid=2, restarts=restarts)


def test_all_is_well_in_five_words() -> None:
    assert summary((_part("kafka"), _part("ingest-api"))) == "2 of 2 parts run"


def test_a_part_that_waits_and_one_that_came_back_are_named() -> None:
    parts = (_part("kafka", restarts=2), _part("ingest-api", "starting again in 4 s", restarts=3))
    assert summary(parts) == (
        "1 of 2 parts run; ingest-api is starting again in 4 s (started again: kafka 2x, ingest-api 3x)"
    )
