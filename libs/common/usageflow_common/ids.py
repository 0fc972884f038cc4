"""Identifiers: what they look like outside, and how the server derives those that a retry must meet again.

Inside, an id is a bare UUID. At the HTTP edge it is a prefix, `_` and 32 hex digits (`inv_01984e7c…`).
"""

from __future__ import annotations

import functools
import hashlib
import re
from enum import StrEnum
from typing import Final
from uuid import UUID

import uuid_utils
import uuid_utils.compat as fast_uuids

_PUBLIC_ID: Final = re.compile(r"([a-z]{2,4})_([0-9a-f]{32})")


class Prefix(StrEnum):
    """The kind of a public id."""

    ORGANIZATION = "org"
    USER = "usr"
    INVITATION = "invt"
    SESSION = "ses"
    API_KEY = "key"
    METRIC = "met"
    REJECTED_EVENT = "rej"
    CONFLICT = "cnf"
    BACKFILL = "bf"
    PLAN = "pln"
    CHARGE = "chg"
    SUBSCRIPTION = "sub"
    SUBSCRIPTION_CHANGE = "sch"
    THRESHOLD = "thr"
    BILLING_RUN = "run"
    INVOICE = "inv"
    LINE = "lin"
    VERIFICATION = "ver"
    PAYMENT = "pay"
    CREDIT_NOTE = "cn"
    ENDPOINT = "we"
    WEBHOOK_EVENT = "evt"
    DISPATCH = "dsp"
    DELIVERY = "dlv"
    AUDIT_ENTRY = "aud"
    REQUEST = "req"


def new_id() -> UUID:
    """A UUIDv7: rows made one after the other lie side by side in their index."""
    return fast_uuids.uuid7()


def new_request_id() -> str:
    """The public id of a request: made for every one of them, so no object is made of it."""
    return f"req_{uuid_utils.uuid7().hex}"


def new_key() -> str:
    """A random UUID as text: an idempotency key for whoever sent none."""
    return str(uuid_utils.uuid4())


def public_id(prefix: Prefix, value: UUID) -> str:
    """`met_` + 32 lowercase hex digits."""
    return f"{prefix}_{value.hex}"


def parse_public_id(prefix: Prefix, text: str) -> UUID | None:
    """The UUID of a public id, or None when it is malformed or of another kind."""
    match = _PUBLIC_ID.fullmatch(text)
    return UUID(hex=match[2]) if match and match[1] == prefix else None


class EventNames:
    """The ids of one organization's usage events, as text: on the hot path no object is made of them."""

    __slots__ = ("_batches", "_organization")

    def __init__(self, org_id: UUID) -> None:
        self._organization = uuid_utils.UUID(bytes=org_id.bytes)
        self._batches = uuid_utils.uuid5(self._organization, "batch")

    def of_key(self, idempotency_key: str) -> str:
        """The event with this key. A client that knows its organization's id can compute it."""
        return str(uuid_utils.uuid5(self._organization, idempotency_key))

    def of_place(self, header_key: str, index: int) -> str:
        """An event without a key of its own, in a batch with one: header and index, in a namespace no client key reaches."""
        return str(uuid_utils.uuid5(self._batches, f"{header_key}:{index}"))


@functools.lru_cache(maxsize=4096)
def event_names(org_id: UUID) -> EventNames:
    """The namer of an organization's events, remembered."""
    return EventNames(org_id)


def event_id(org_id: UUID, idempotency_key: str) -> UUID:
    """The identity of a usage event."""
    return fast_uuids.uuid5(org_id, idempotency_key)


def correction_id(org_id: UUID, name: str) -> UUID:
    """A correction, by what makes it unique: the event (void) or the Idempotency-Key (amend)."""
    return fast_uuids.uuid5(fast_uuids.uuid5(org_id, "correction"), name)


def operation_id(namespace: UUID, method: str, path: str, idempotency_key: str) -> UUID:
    """One mutation asked for by HTTP; `namespace` is the organization (the user, where no organization exists yet)."""
    return fast_uuids.uuid5(namespace, f"{method} {path}\n{idempotency_key}")


def stable_hash(text: str) -> int:
    """A 64-bit hash that is the same in every process, for ever."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
