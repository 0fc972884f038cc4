"""API keys as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, QueryModel, RequestModel, ResponseModel, public
from usageflow_gateway.store.api_keys import StoredKey

Status = Literal["active", "expired", "revoked"]
KeyName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=True))
    except ValueError as error:
        raise PydanticCustomError("invalid_value", "A network like 203.0.113.0/24 or an address") from error


def _statuses(value: str) -> str:
    if not set(value.split(",")) <= {"active", "expired", "revoked"}:
        raise PydanticCustomError("invalid_value", "A comma list of active, expired, revoked")
    return value


class KeyCreate(RequestModel):
    """A new key: its scopes are those of its maker at most; `allowedAddresses` are CIDRs, without them it may be used from anywhere."""

    name: KeyName
    scopes: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(min_length=1, max_length=50)]
    expires_at: Instant | None = None
    allowed_addresses: (
        Annotated[
            tuple[Annotated[str, Field(max_length=64), AfterValidator(_network)], ...],
            Field(min_length=1, max_length=50),
        ]
        | None
    ) = None


class KeyReroll(RequestModel):
    """For so many hours both keys open the same."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class KeyPatch(RequestModel):
    """Another name."""

    name: KeyName


class KeyQuery(QueryModel):
    """`status` is a comma list, any of which will do."""

    status: Annotated[str, AfterValidator(_statuses)] | None = None


class KeyBody(ResponseModel):
    """A key without its secret."""

    id: Annotated[UUID, public(Prefix.API_KEY)]
    name: str
    start: str
    last4: str
    scopes: list[str]
    status: Status
    created_by: Annotated[UUID, public(Prefix.USER)]
    created_at: Instant
    expires_at: Instant | None
    allowed_addresses: list[str] | None
    last_used_at: Instant | None
    replaces: Annotated[UUID, public(Prefix.API_KEY)] | None
    version: int


class NewKeyBody(KeyBody):
    """The answer of its making: `secret` is shown this once."""

    secret: str


class KeyList(ResponseModel):
    """Newest first."""

    data: list[KeyBody]
    next_cursor: None = None


def status_of(key: StoredKey, now: datetime) -> Status:
    """At this instant."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def key_body(key: StoredKey, now: datetime) -> KeyBody:
    """The public shape."""
    return KeyBody(
        id=key.key_id,
        name=key.name,
        start=key.start,
        last4=key.last4,
        scopes=list(key.scopes),
        status=status_of(key, now),
        created_by=key.created_by,
        created_at=key.created_at,
        expires_at=key.expires_at,
        allowed_addresses=list(key.allowed_addresses) if key.allowed_addresses is not None else None,
        last_used_at=key.last_used_at,
        replaces=key.replaces,
        version=key.version,
    )
