"""What can go wrong here, in words for the person at the terminal. Each error carries the exit code of the command."""

from pathlib import Path
from typing import ClassVar

_LOG_TAIL_LINES = 12
_LINE_BYTES = 1_024


class LocalRuntimeError(Exception):
    """The local runtime cannot go on; the message says what happened and what to do."""

    exit_code: ClassVar[int] = 1


class MissingPrerequisite(LocalRuntimeError):
    """Something that the machine must bring is absent or too old; the message says how to get it."""

    exit_code: ClassVar[int] = 3


class AlreadyRunning(LocalRuntimeError):
    """Another runner holds this home."""

    exit_code: ClassVar[int] = 4


class PartFailed(LocalRuntimeError):
    """A part ended or did not become ready in time; the message ends with the last lines of its log."""

    def __init__(self, part: str, what: str, log: Path) -> None:
        super().__init__(f"{part} {what}. Its log is {log}\n{tail(log)}".rstrip())


def tail(log: Path) -> str:
    """The end of a log, indented; empty when there is none."""
    return "\n".join(f"    {line}" for line in last_lines(log, _LOG_TAIL_LINES))


def last_lines(log: Path, count: int) -> list[str]:
    """At most `count` lines from the end of a log, and not much more than that in memory."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - count * _LINE_BYTES))
        return file.read().decode(errors="replace").splitlines()[-count:]
