"""Request bodies: unpacked, and never more of them in memory than the route permits, whatever Content-Length or a bomb says."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

import cramjam
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from usageflow_common.errors import BodyTooLarge, DeadlineExceeded, MalformedRequest, UnsupportedMediaType

BODY_SECONDS_MAX: Final = 30
PROGRESS_SECONDS_MAX: Final = 60
PROGRESS_BYTES_MIN: Final = 1024
"""What a body of any length brings in the time above, as it is sent, or it is not progress."""
_CHUNK_BYTES: Final = 64 * 1024
_STREAMED_ZSTD_BYTES_MAX: Final = 8 * 2**20
_GZIP_WINDOW: Final = 31


def media_type(request: Request) -> str:
    """The content type without parameters, in lower case; empty when there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body, unpacked (gzip, zstd); BodyTooLarge when it is, or would unpack to, more than the limit; never more than that in memory."""
    encoding = _content_encoding(request)
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            packed = await _collect(request.receive, limit_bytes)
    except TimeoutError as error:
        raise DeadlineExceeded("The body did not arrive in time.") from error
    match encoding:
        case "gzip":
            return _gunzip_whole(packed, limit_bytes)
        case "zstd":
            return _unzstd(packed, limit_bytes)
        case _:
            return packed


async def body_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives, unpacked, in pieces of at most 64 KiB when packed; for routes that read bodies of any length.

    A minute that brings less than 1 KiB ends it. A zstd body is unpacked whole, so it is bounded like a batch: 8 MiB.
    """
    match _content_encoding(request):
        case "gzip":
            unpacked = _Gunzip()
            async for packed in _with_progress(request.stream()):
                for chunk in unpacked.feed(packed):
                    yield chunk
                    await asyncio.sleep(0)  # a few packed bytes may be a gigabyte, and others wait for their turn
            unpacked.finish()
        case "zstd":
            yield await read_body(request, _STREAMED_ZSTD_BYTES_MAX)
        case _:
            async for chunk in _with_progress(request.stream()):
                yield chunk


def _content_encoding(request: Request) -> str:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "zstd"}:
        raise UnsupportedMediaType("Content-Encoding must be gzip or zstd, or absent.")
    return encoding


async def _collect(receive: Receive, limit_bytes: int) -> bytes:
    """Most bodies come in one piece: they are handed on as they came."""
    chunks: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        length += len(chunk)
        if length > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _with_progress(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    now = asyncio.get_running_loop().time
    waited, arrived = 0.0, 0  # since there was progress; the time of whoever takes the chunks is not the client's
    while True:
        began = now()
        try:
            async with asyncio.timeout(PROGRESS_SECONDS_MAX - waited):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise DeadlineExceeded("The body made no progress for a minute.") from error
        waited, arrived = waited + now() - began, arrived + len(chunk)
        if arrived >= PROGRESS_BYTES_MIN:
            waited, arrived = 0.0, 0
        if chunk:
            yield chunk


class _Gunzip:
    """Unpacks gzip members piece by piece; each piece is bounded, however well the body was packed."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._fed = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """The chunks that this much more of the body unpacks to."""
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._fed = True
            try:
                chunk = self._member.decompress(packed, _CHUNK_BYTES)
            except zlib.error as error:
                raise _broken("gzip") from error
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if chunk:
                yield chunk

    def finish(self) -> None:
        """MalformedRequest when the last member is cut off."""
        if self._fed and not self._member.eof:
            raise _broken("gzip")


def _gunzip_whole(packed: bytes, limit_bytes: int) -> bytes:
    unpacked, out = _Gunzip(), bytearray()
    for chunk in unpacked.feed(packed):
        out += chunk
        if len(out) > limit_bytes:
            raise _too_large(limit_bytes)
    unpacked.finish()
    return bytes(out)


def _unzstd(packed: bytes, limit_bytes: int) -> bytes:
    """Into a buffer of the permitted size: the library stops where it is full."""
    if not packed:
        return b""
    out = bytearray(limit_bytes + 1)
    try:
        length = cramjam.zstd.decompress_into(packed, out)
    except cramjam.DecompressionError as error:
        # the library tells a full buffer from broken input by its text alone
        raise (_too_large(limit_bytes) if "whole buffer" in str(error) else _broken("zstd")) from error
    if length > limit_bytes:
        raise _too_large(limit_bytes)
    return bytes(out[:length])


def _too_large(limit_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"At most {limit_bytes} bytes, after decompression.")


def _broken(encoding: str) -> MalformedRequest:
    return MalformedRequest(f"The body is not valid {encoding}.")
