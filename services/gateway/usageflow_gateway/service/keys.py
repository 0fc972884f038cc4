"""API keys: made and revoked by an operator, followed by every gateway process."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.errors import FieldError, NotFound, ValidationFailed
from usageflow_common.ids import new_id
from usageflow_common.operations import Change
from usageflow_gateway.domain.api_keys import (
    ALPHABET,
    BODY_LENGTH,
    ApiKey,
    compose_secret,
    last_four_of,
    secret_hash,
    start_of,
)
from usageflow_gateway.domain.scopes import Role, UnknownScope, parse_scopes
from usageflow_gateway.service.organizations import OPERATOR
from usageflow_gateway.store import keys as store
from usageflow_gateway.store import organizations


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """A new key; the secret is shown this once and kept nowhere."""

    key_id: UUID
    secret: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Keys as of an instant of the database's clock: the place to go on from."""

    keys: list[ApiKey]
    read_at: datetime


async def create_key(
    engine: AsyncEngine, clock: Clock, *, org_id: UUID, name: str, scopes: str, pepper: bytes
) -> Issued:
    """A key in the name of the organization's first OWNER. NotFound without such an organization, ValidationFailed for bad scopes."""
    try:
        granted = parse_scopes(scopes, Role.OWNER)
    except UnknownScope as error:
        raise ValidationFailed.of(FieldError("/scopes", "invalid_value", str(error))) from error
    key_id = new_id()
    async with transaction(engine) as tx:
        organization = await organizations.organization_of(tx, org_id)
        owner_id = await organizations.first_owner(tx, org_id)
        if organization is None or organization.status != "active" or owner_id is None:
            raise NotFound("There is no such organization.")
        secret = compose_secret(organization.mode, "".join(secrets.choice(ALPHABET) for _ in range(BODY_LENGTH)))
        await store.insert_key(
            tx,
            org_id,
            key_id,
            secret_hash=secret_hash(secret, pepper),
            name=name,
            start=start_of(secret),
            last4=last_four_of(secret),
            scopes=granted,
            created_by=owner_id,
            at=clock.wall(),
        )
        shown = {"name": name, "start": start_of(secret), "scopes": sorted(granted)}
        await operations.record_change(
            tx, org_id, OPERATOR, Change("api_key.created", "api_key", str(key_id), after=shown)
        )
    return Issued(key_id, secret, granted)


async def revoke_key(engine: AsyncEngine, clock: Clock, *, key_id: UUID) -> None:
    """The key opens nothing any more, anywhere, within a second. NotFound when there is no live key of this id."""
    async with transaction(engine) as tx:
        revoked = await store.revoke_key(tx, key_id, clock.wall())
        if revoked is None:
            raise NotFound("There is no such key, or it is revoked already.")
        org_id, name = revoked
        change = Change("api_key.revoked", "api_key", str(key_id), before={"name": name})
        await operations.record_change(tx, org_id, OPERATOR, change)


async def load_keys(engine: AsyncEngine) -> Snapshot:
    """Every key that opens something."""
    async with transaction(engine, read_only=True) as tx:
        read_at = await store.transaction_started_at(tx)
        return Snapshot(await store.live_keys(tx), read_at)


async def follow_keys(engine: AsyncEngine, since: datetime) -> Snapshot:
    """What has changed since the last look; some of it may be known already, nothing is missing."""
    async with transaction(engine, read_only=True) as tx:
        read_at = await store.transaction_started_at(tx)
        return Snapshot(await store.changed_keys(tx, since), read_at)


async def find_key(engine: AsyncEngine, hashes: Sequence[bytes]) -> ApiKey | None:
    """One indexed read for a key that the feed does not hold."""
    async with transaction(engine, read_only=True) as tx:
        return await store.find_key(tx, hashes)
