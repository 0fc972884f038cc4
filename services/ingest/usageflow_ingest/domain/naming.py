"""What an event is called: its own key, else the request's, else the request's with its place in the batch. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

from usageflow_common import ids
from usageflow_ingest.domain.outcomes import Arrival, Refused, SentEvent, Unreadable
from usageflow_ingest.domain.reading import read_event

Read: TypeAlias = Callable[[bytes], SentEvent | Refused | Unreadable]
"""What the bytes of one event are, by their format."""


def receive_single(org_id: UUID, raw: bytes, request_key: str, read: Read = read_event) -> Arrival | Unreadable:
    """An event that is the whole request: its own key wins over the request's."""
    content = read(raw)
    if isinstance(content, Unreadable):
        return content
    key = content.idempotency_key or request_key
    return Arrival(0, raw, ids.event_id(org_id, key), key, content)


def receive_member(org_id: UUID, raw: bytes, request_key: str, index: int, read: Read = read_event) -> Arrival:
    """An event of a batch. Without a key of its own it lives in a namespace that no client's key reaches."""
    content = read(raw)
    if isinstance(content, Unreadable):
        content = Refused("malformed_event", content.detail)
    return name_member(org_id, raw, request_key, index, content)


def name_member(org_id: UUID, raw: bytes, request_key: str, index: int, content: SentEvent | Refused) -> Arrival:
    """The same, for content that was read already."""
    own = content.idempotency_key
    if own is not None:
        return Arrival(index, raw, ids.event_id(org_id, own), own, content)
    event_id = ids.batch_event_id(org_id, request_key, index)
    return Arrival(index, raw, event_id, f"{request_key}:{index}", content)
