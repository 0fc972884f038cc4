"""Records in a file: four bytes of length, four of CRC-32, the payload. Pure.

A length of 0 is no record, so that a tail of zeros, which a file system may leave after a power cut, is seen as torn.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEADER: Final = struct.Struct("<II")
HEADER_BYTES: Final = _HEADER.size
PAYLOAD_BYTES_MAX: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A payload and where its record ends."""

    payload: bytes
    end: int


def framed(payload: bytes) -> bytes:
    """The record of a payload of 1 to 16,384 bytes."""
    return _HEADER.pack(len(payload), zlib.crc32(payload)) + payload


def read_frames(content: bytes, start: int = 0) -> Iterator[Frame]:
    """The records from `start` on, up to the first that is not whole or not as it was written."""
    while start + HEADER_BYTES <= len(content):
        length, checksum = _HEADER.unpack_from(content, start)
        end = start + HEADER_BYTES + length
        if not 0 < length <= PAYLOAD_BYTES_MAX or end > len(content):
            return
        payload = content[start + HEADER_BYTES : end]
        if zlib.crc32(payload) != checksum:
            return
        yield Frame(payload, end)
        start = end
