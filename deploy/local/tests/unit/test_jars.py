"""A cache of jars is whole, or it is fetched again."""

import json
from pathlib import Path

import pytest

from usageflow_local.errors import MissingPrerequisite
from usageflow_local.jars import is_whole, kafka_jars
from usageflow_local.java import find_java


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    (tmp_path / "kafka.jar").write_bytes(b"12345")
    (tmp_path / "complete.json").write_text(json.dumps({"kafka.jar": 5}))
    return tmp_path


def test_a_folder_with_every_jar_in_its_full_size_is_whole(jars: Path) -> None:
    assert is_whole(jars)


@pytest.mark.parametrize("damage", ["truncated", "lost", "no stamp", "empty stamp"])
def test_damage_is_seen(jars: Path, damage: str) -> None:
    match damage:
        case "truncated":
            (jars / "kafka.jar").write_bytes(b"123")
        case "lost":
            (jars / "kafka.jar").unlink()
        case "no stamp":
            (jars / "complete.json").unlink()
        case _:
            (jars / "complete.json").write_text("")
    assert not is_whole(jars)


def test_without_maven_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = find_java()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPrerequisite, match="apt install maven"):
        kafka_jars(java, tmp_path / "cache")
