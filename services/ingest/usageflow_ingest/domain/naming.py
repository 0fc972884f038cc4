"""What an event is called: its own key, else the request's, else the request's with its place in the batch. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from usageflow_common.ids import EventNames, event_names
from usageflow_ingest.domain.outcomes import Arrival, Refused, SentEvent, Unreadable
from usageflow_ingest.domain.plain_reading import read_plain
from usageflow_ingest.domain.reading import EVENT_BYTES_MAX, read_event

_TOO_LARGE: Final = Refused("event_too_large", f"An event has at most {EVENT_BYTES_MAX} bytes.")


class Line(msgspec.Struct, frozen=True):
    """The bytes of one event of many. `whole` is False when they were too many: then `raw` is their beginning."""

    raw: bytes
    whole: bool = True


Read: TypeAlias = Callable[[bytes], SentEvent | Refused | Unreadable]
"""What the bytes of one event are, by their format."""


def read_sent(raw: bytes) -> SentEvent | Refused | Unreadable:
    """An event of our own format: quickly where that is certain, else exactly."""
    return read_plain(raw) or read_event(raw)


def receive_single(org_id: UUID, raw: bytes, request_key: str, read: Read = read_sent) -> Arrival | Unreadable:
    """An event that is the whole request: its own key wins over the request's."""
    content = read(raw)
    if isinstance(content, Unreadable):
        return content
    key = content.idempotency_key or request_key
    return Arrival(0, raw, event_names(org_id).of_key(key), key, content)


def receive_members(
    org_id: UUID, lines: Sequence[Line], request_key: str, first: int, read: Read = read_sent
) -> list[Arrival]:
    """Consecutive events of a batch; `first` is the place of the first. Without a key of its own an event is named by its place,
    in a namespace that no client's key reaches.
    """
    names = event_names(org_id)
    return [
        _name(names, line.raw, request_key, index, _read_member(line, read))
        for index, line in enumerate(lines, start=first)
    ]


def name_member(org_id: UUID, raw: bytes, request_key: str, index: int, content: SentEvent | Refused) -> Arrival:
    """The same for one event whose content was read already."""
    return _name(event_names(org_id), raw, request_key, index, content)


def _read_member(line: Line, read: Read) -> SentEvent | Refused:
    if not line.whole:
        return _TOO_LARGE
    content = read(line.raw)
    return Refused("malformed_event", content.detail) if isinstance(content, Unreadable) else content


def _name(names: EventNames, raw: bytes, request_key: str, index: int, content: SentEvent | Refused) -> Arrival:
    own = content.idempotency_key
    if own is not None:
        return Arrival(index, raw, names.of_key(own), own, content)
    return Arrival(index, raw, names.of_place(request_key, index), f"{request_key}:{index}", content)
