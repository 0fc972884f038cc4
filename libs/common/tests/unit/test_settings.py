"""A process that cannot be set up says which variables are missing or wrong, and no value of any."""

import pytest

from usageflow_common.settings import MigrationSettings, read_settings


def test_what_is_missing_or_wrong_is_named_and_no_value_is_shown(monkeypatch, capsys):
    monkeypatch.setenv("USAGEFLOW_DATABASE_URL", "postgresql://u:hunter2@127.0.0.1/usageflow")
    monkeypatch.setenv("USAGEFLOW_EVENT_PARTITIONS", "hunter3")
    with pytest.raises(SystemExit) as ended:
        read_settings(MigrationSettings)
    printed = capsys.readouterr().err
    assert ended.value.code == 2
    assert {line.split(":")[0] for line in printed.splitlines()} == {
        "USAGEFLOW_KAFKA_BOOTSTRAP",
        "USAGEFLOW_EVENT_PARTITIONS",
        "USAGEFLOW_OWNER_DATABASE_URL",
    }
    assert "hunter" not in printed
