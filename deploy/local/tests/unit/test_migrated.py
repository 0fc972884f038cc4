"""A migration is repeated unless nothing that it depends on has changed."""

from pathlib import Path

import pytest

from usageflow_local.migrated import fingerprint, is_remembered, remember
from usageflow_local.services import Service

SETTINGS = {"USAGEFLOW_EVENT_PARTITIONS": "4"}


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service whose package is one file."""
    package = tmp_path / "code" / "ledger_of_tests"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "code")
    return Service("ledger", 1, ("ledger",), (package.name,))


def test_a_migration_that_succeeded_is_remembered(ledger: Service, tmp_path: Path) -> None:
    mark = fingerprint(ledger, SETTINGS, "data")
    assert not is_remembered(tmp_path / "migrated.json", "ledger", mark)
    remember(tmp_path / "migrated.json", "ledger", mark)
    assert is_remembered(tmp_path / "migrated.json", "ledger", fingerprint(ledger, dict(SETTINGS), "data"))


def test_other_code_other_settings_and_other_data_each_ask_for_a_migration(ledger: Service, tmp_path: Path) -> None:
    marks = {fingerprint(ledger, SETTINGS, "data"), fingerprint(ledger, SETTINGS, "other data")}
    marks.add(fingerprint(ledger, {"USAGEFLOW_EVENT_PARTITIONS": "8"}, "data"))
    (tmp_path / "code" / "ledger_of_tests" / "more.py").write_text("")
    marks.add(fingerprint(ledger, SETTINGS, "data"))
    assert len(marks) == 4


def test_a_service_whose_code_is_unknown_is_always_migrated(tmp_path: Path) -> None:
    mark = fingerprint(Service("stand-in", 1, ("stand-in",)), SETTINGS, "data")
    remember(tmp_path / "migrated.json", "stand-in", mark)
    assert not is_remembered(tmp_path / "migrated.json", "stand-in", mark)
