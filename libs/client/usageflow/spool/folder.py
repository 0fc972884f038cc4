"""The files of a spool: numbered segments, the lock, and the place up to which everything is acknowledged.

Numbers only grow, also over restarts and when all segments are gone, so the acknowledged place never points into a later file.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from usageflow.errors import SpoolInUse

_PLACE: Final = struct.Struct("<QQ")
_CHECKSUM: Final = struct.Struct("<I")
_SUFFIX: Final = ".events"
_ONLY_MINE: Final = 0o600


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A byte in the spool: the segment's number, and the offset in it."""

    segment: int
    offset: int


class Folder:
    """A spool's folder, held by this process until `close`. Raises SpoolInUse when another one holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, _ONLY_MINE)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._acknowledged = os.open(path / "acknowledged", os.O_RDWR | os.O_CREAT, _ONLY_MINE)
        except BaseException as error:
            os.close(self._lock)
            if isinstance(error, BlockingIOError):
                raise SpoolInUse(path) from None
            raise

    def numbers(self) -> list[int]:
        """The segments that exist, oldest first."""
        return sorted(int(path.stem, 16) for path in self.path.glob(f"*{_SUFFIX}"))

    def segment(self, number: int) -> Path:
        """Where a segment is, or will be."""
        return self.path / f"{number:016x}{_SUFFIX}"

    def create(self, number: int) -> int:
        """A new segment, open for appending."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        return os.open(self.segment(number), flags, _ONLY_MINE)

    def sync(self) -> None:
        """See the names of new segments safe on the disk."""
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read_acknowledged(self) -> Place:
        """The place that was written last; the very beginning when there is none that can be trusted."""
        content = os.pread(self._acknowledged, _PLACE.size + _CHECKSUM.size, 0)
        if len(content) == _PLACE.size + _CHECKSUM.size:
            place, checksum = content[: _PLACE.size], _CHECKSUM.unpack_from(content, _PLACE.size)[0]
            if zlib.crc32(place) == checksum:
                return Place(*_PLACE.unpack(place))
        return Place(0, 0)

    def write_acknowledged(self, place: Place) -> None:
        """Remember the place. Not synced: when it is lost, events are sent once more and count once all the same."""
        packed = _PLACE.pack(place.segment, place.offset)
        os.pwrite(self._acknowledged, packed + _CHECKSUM.pack(zlib.crc32(packed)), 0)

    def close(self) -> None:
        """Let another process have the folder. In a forked child the parent keeps it: the lock ends with its last holder."""
        os.close(self._acknowledged)
        os.close(self._lock)
