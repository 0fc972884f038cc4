"""What can go wrong for a sender of events, as types to catch. All are UsageFlowError."""

from __future__ import annotations

from pathlib import Path


class UsageFlowError(Exception):
    """Anything that this library raises on purpose."""


class InvalidEvent(UsageFlowError, ValueError):
    """The event can never be counted; it was not queued. `code` is the one the server would have given."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class QueueFull(UsageFlowError):
    """There was no room in time; the event was not queued. Track it again later, with the same key."""


class Closed(UsageFlowError):
    """The client was closed; the event was not queued."""


class Refused(UsageFlowError):
    """The server answers, and takes nothing from this sender: a wrong key, a missing scope, a wrong address.

    The events stay where they are and are tried again every half minute: the cause may be mended on the server.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class Undelivered(UsageFlowError):
    """Time ran out with `count` events not acknowledged; whether the last request was counted is unknown."""

    def __init__(self, count: int, cause: str) -> None:
        super().__init__(f"{count} events were not acknowledged in time ({cause})")
        self.count = count


class SpoolInUse(UsageFlowError):
    """Another process holds this spool folder; every process needs its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"Another process uses the spool {folder}: give every process a folder of its own")
        self.folder = folder


class SpoolDamaged(UsageFlowError):
    """A finished segment of the spool does not read back as it was written: the disk, or a hand, has changed it."""

    def __init__(self, segment: Path, offset: int) -> None:
        super().__init__(f"{segment} is damaged at byte {offset}: nothing was deleted; move the file away to go on")
        self.segment = segment
        self.offset = offset
