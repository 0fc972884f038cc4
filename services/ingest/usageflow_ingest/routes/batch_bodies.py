"""Bodies that hold many events, taken apart into the bytes of each, so that one bad event leaves its neighbours alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Final

import msgspec

from usageflow_common.errors import BodyTooLarge, FieldError, MalformedRequest, ValidationFailed
from usageflow_ingest.domain.naming import Line
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX

BATCH_BYTES_MAX: Final = 8 * 2**20
BATCH_EVENTS_MAX: Final = 10_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r"
_WHITESPACE: Final = b" \t\r\n"
_OPENING: Final = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"[^":]*"[ \t\r\n]*:[ \t\r\n]*')
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def split_batch(body: bytes) -> list[bytes]:
    """The events of `{"events":[…]}`. 400 when the body is not JSON, 413 with too many, 422 when it is something else."""
    try:
        members = _MEMBERS.decode(body)
        unknown = sorted(members.keys() - {"events"})
        if unknown:
            raise _invalid(f"/{unknown[0][:64]}", "unknown_field", "Unknown field")
        if "events" not in members:
            raise _invalid("/events", "required", "Required")
        if _holds_more_than(bytes(members["events"]), body):
            raise MalformedRequest("The body names events twice.")
        events = _LIST.decode(members["events"])
    except msgspec.ValidationError as error:
        raise _invalid("", "invalid_type", 'Send {"events":[…]}') from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedRequest("The body is not valid JSON.") from error
    return _each(events, "/events")


def split_cloud_batch(body: bytes) -> list[bytes]:
    """The events of a JSON array of CloudEvents. 400, 413 and 422 as above."""
    try:
        return _each(_LIST.decode(body), "")
    except msgspec.ValidationError as error:
        raise _invalid("", "invalid_type", "Send a list of CloudEvents") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedRequest("The body is not valid JSON.") from error


def no_events(field: str = "/events") -> ValidationFailed:
    """An empty list is a mistake of the sender: nothing would be answered that means anything."""
    return _invalid(field, "invalid_value", "At least one event")


def _each(events: list[msgspec.Raw], field: str) -> list[bytes]:
    if not events:
        raise no_events(field)
    if len(events) > BATCH_EVENTS_MAX:
        raise BodyTooLarge(f"At most {BATCH_EVENTS_MAX} events; send application/x-ndjson for more.")
    return [bytes(event) for event in events]


def _holds_more_than(events: bytes, body: bytes) -> bool:
    """Whether the body names events twice: the decoder keeps the last of two lists, which would lose the events of the first."""
    opening = _OPENING.match(body)
    closing = body.rstrip(_WHITESPACE)[:-1].rstrip(_WHITESPACE)
    return opening is None or opening.end() + len(events) != len(closing)


def _invalid(field: str, code: str, detail: str) -> ValidationFailed:
    return ValidationFailed.of(FieldError(field, code, detail))


class LineSplitter:
    """Cuts a stream into lines, and holds no more than one event's bytes of the line that is still open.

    A stream may be of any length, but not say nothing for long: a few packed bytes may be a gigabyte without an event.
    """

    def __init__(self) -> None:
        self._silent_bytes = 0
        self._open = bytearray()
        self._is_cut = False
        self._is_first = True

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that end in this chunk. BodyTooLarge after 8 MiB in which none ended that is not blank."""
        self._silent_bytes += len(chunk)
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            if not self._open and not piece.strip(_BLANKS):
                continue  # eight million blank lines take a second so, and ten otherwise
            self._append(piece)
            yield from self._close()
        self._append(rest)
        if self._silent_bytes > BATCH_BYTES_MAX:
            raise BodyTooLarge(f"No event in {BATCH_BYTES_MAX} bytes, after decompression.")

    def finish(self) -> Iterator[Line]:
        """The last line, which need not end in a line feed."""
        yield from self._close()

    def _append(self, piece: bytes) -> None:
        # What a line begins with does not count: however many blanks stand before an event, it is not lost.
        piece = piece if self._open else piece.lstrip(_BLANKS)
        room = EVENT_BYTES_MAX - len(self._open)
        self._open += piece[:room]
        self._is_cut = self._is_cut or bool(piece[room:].strip(_BLANKS))

    def _close(self) -> Iterator[Line]:
        raw = bytes(self._open).rstrip(_BLANKS)
        if self._is_first and raw.startswith(_BYTE_ORDER_MARK):
            raise MalformedRequest("The body begins with a byte order mark.")
        line = Line(raw, whole=not self._is_cut)
        self._open.clear()
        self._is_cut = self._is_first = False
        if raw:
            self._silent_bytes = 0
            yield line


async def split_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[Line]:
    """The lines of an NDJSON body as they arrive; blank ones are left out."""
    splitter = LineSplitter()
    async for chunk in chunks:
        for line in splitter.feed(chunk):
            yield line
    for line in splitter.finish():
        yield line
