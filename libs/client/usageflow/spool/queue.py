"""The queue on the disk. Events are appended to the newest segment, read from the oldest, and gone with whole segments.

Nothing of an event is kept in memory, so the spool may be far larger than it. A torn record at the very end was never promised
and is cut off; a segment that reads back differently anywhere else is damage, and stops the sender before anything is lost.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from usageflow.errors import SpoolDamaged
from usageflow.options import Spool
from usageflow.spool.folder import Folder, Place
from usageflow.spool.frames import HEADER_BYTES, PAYLOAD_BYTES_MAX, framed, read_frames

_log = logging.getLogger("usageflow")


@dataclass(slots=True)
class _Segment:
    number: int
    size: int


class SpoolQueue:
    """See `usageflow.waiting.Waiting`. Opening it takes the folder's lock and finds what an earlier process left."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._folder = Folder(spool.folder)
        self._file: int | None = None
        self._appended = self._synced = 0
        self._syncing = threading.Lock()
        self._heads: list[Place] = []
        self._count = self._held = 0
        self._segments: deque[_Segment] = deque()
        try:
            self._recover()
        except BaseException:
            self._folder.close()
            raise

    @property
    def durable(self) -> bool:
        """See Waiting."""
        return True

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._folder.path

    def append(self, payload: bytes) -> int | None:
        """See Waiting. Raises OSError when the disk refuses; then nothing of the event is left on it."""
        frame = framed(payload)
        if self._held + len(frame) > self._spool.bytes_max:
            if self._count:
                return None
            self._begin_segment()
        if self._file is None or self._segments[-1].size + len(frame) > self._spool.segment_bytes:
            self._begin_segment()
        self._write(frame)
        self._segments[-1].size += len(frame)
        self._held += len(frame)
        self._count += 1
        self._appended += len(frame)
        return self._appended

    def secure(self, position: int) -> None:
        """See Waiting. Threads that wait here together share one fsync."""
        if not self._spool.fsync:
            return
        with self._syncing:
            if position <= self._synced:
                return
            # read before the call: what is appended meanwhile may miss it
            reached = self._appended
            if self._file is not None:
                os.fsync(self._file)
            self._synced = reached

    def head(self, events_max: int, bytes_max: int) -> Sequence[bytes]:
        """See Waiting."""
        payloads: list[bytes] = []
        self._heads = []
        size = 0
        for segment in self._segments:
            start = self._acknowledged.offset if segment.number == self._acknowledged.segment else 0
            end = min(segment.size, start + bytes_max + events_max * HEADER_BYTES + PAYLOAD_BYTES_MAX)
            content = self._read(segment.number, start, end)
            reached = 0
            for frame in read_frames(content):
                size += len(frame.payload)
                if payloads and (len(payloads) == events_max or size > bytes_max):
                    return payloads
                payloads.append(frame.payload)
                self._heads.append(Place(segment.number, start + frame.end))
                reached = frame.end
            if end == segment.size and start + reached != end:
                raise SpoolDamaged(self._folder.segment(segment.number), start + reached)
        return payloads

    def remove(self, count: int) -> None:
        """See Waiting. Segments that lie behind the acknowledged place are deleted."""
        if not count:
            return
        self._acknowledged = self._heads[count - 1]
        self._heads = self._heads[count:]
        self._count -= count
        self._folder.write_acknowledged(self._acknowledged)
        while len(self._segments) > 1 and self._is_behind(self._segments[0]):
            self._delete_oldest()

    def __len__(self) -> int:
        """See Waiting."""
        return self._count

    @property
    def size(self) -> int:
        """See Waiting."""
        if not self._segments:
            return 0
        behind = self._acknowledged.offset if self._segments[0].number == self._acknowledged.segment else 0
        return self._held - behind

    def close(self) -> None:
        """See Waiting."""
        with self._syncing:
            if self._file is not None:
                os.close(self._file)
                self._file = None
        self._folder.close()

    def abandon_after_fork(self) -> None:
        """In a forked child: leave everything to the parent. Takes no lock, since nobody is left to release it."""
        if self._file is not None:
            os.close(self._file)
        self._folder.close()

    def _is_behind(self, segment: _Segment) -> bool:
        return Place(segment.number, segment.size) <= self._acknowledged

    def _delete_oldest(self) -> None:
        segment = self._segments.popleft()
        self._held -= segment.size
        self._folder.segment(segment.number).unlink()

    def _recover(self) -> None:
        """Find what is left. Every process begins a segment of its own, so only the last one found can be torn."""
        self._acknowledged = self._folder.read_acknowledged()
        numbers = self._folder.numbers()
        for number in numbers:
            path = self._folder.segment(number)
            if number < self._acknowledged.segment:
                path.unlink()
                continue
            content = path.read_bytes()
            whole = 0
            left = 0
            for frame in read_frames(content):
                whole = frame.end
                left += (number, frame.end) > (self._acknowledged.segment, self._acknowledged.offset)
            if whole < len(content):
                if number != numbers[-1]:
                    raise SpoolDamaged(path, whole)
                _log.warning("spool: cut %d bytes of a torn record off %s", len(content) - whole, path)
                os.truncate(path, whole)
            if left:
                self._segments.append(_Segment(number, whole))
                self._held += whole
                self._count += left
            else:
                path.unlink()
        self._next_number = max([*numbers, self._acknowledged.segment]) + 1

    def _begin_segment(self) -> None:
        """Seal the newest segment and begin another; behind an empty queue nothing old stays."""
        with self._syncing:
            if self._file is not None:
                if self._spool.fsync:
                    os.fsync(self._file)
                    self._synced = self._appended
                os.close(self._file)
                self._file = None
            self._file = self._folder.create(self._next_number)
            if self._spool.fsync:
                self._folder.sync()
        if not self._count:
            while self._segments:
                self._delete_oldest()
        self._segments.append(_Segment(self._next_number, 0))
        self._next_number += 1

    def _write(self, frame: bytes) -> None:
        """Append all of it or nothing."""
        if self._file is None:
            raise ValueError("the spool is closed")
        try:
            _write_whole(self._file, frame)
        except OSError:
            os.ftruncate(self._file, self._segments[-1].size)
            raise

    def _read(self, number: int, start: int, end: int) -> bytes:
        with self._folder.segment(number).open("rb") as file:
            file.seek(start)
            return file.read(end - start)


def _write_whole(file: int, frame: bytes) -> None:
    written = os.write(file, frame)
    if written != len(frame):
        raise OSError(f"the disk took {written} of {len(frame)} bytes")
