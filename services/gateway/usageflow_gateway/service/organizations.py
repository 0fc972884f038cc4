"""Organizations are founded, by an operator or by people, changed, and read by their callers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations, outbox
from usageflow_common.clock import Clock
from usageflow_common.database import Transaction, transaction
from usageflow_common.errors import Conflict, NotFound, PreconditionFailed
from usageflow_common.ids import Prefix, new_id, public_id
from usageflow_common.kafka import Outgoing
from usageflow_common.operations import Answer, Change
from usageflow_common.records import ActorRecord, OrganizationRecord
from usageflow_common.tokens import Caller
from usageflow_common.topics import ORGANIZATIONS_CHANGED, encode, tenant_key
from usageflow_gateway.domain.organizations import Organization, found_organization
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.schemas.own import OrganizationModel
from usageflow_gateway.store import organizations as store

OPERATOR = ActorRecord(type="operator", id="operator", name=None)


@dataclass(frozen=True, slots=True)
class Founded:
    """A new organization; `deliveries` are the outbox rows that the other services wait for."""

    organization: Organization
    owner_id: UUID
    deliveries: tuple[int, ...]


async def create_organization(
    engine: AsyncEngine, clock: Clock, *, name: str, mode: Literal["live", "test"], owner_email: str | None
) -> Founded:
    """An organization and its OWNER. Conflict when somebody has that address already."""
    now = clock.wall()
    organization = found_organization(new_id(), name, mode, at=now)
    owner_id = new_id()
    async with transaction(engine) as tx:
        if not await store.insert_user(tx, owner_id, f"Owner of {name}"[:200], owner_email, now):
            raise Conflict("There is a user with this address.")
        deliveries = await record_founding(tx, organization, OPERATOR, owner_id)
    return Founded(organization, owner_id, deliveries)


async def record_founding(
    tx: Transaction, organization: Organization, founder: ActorRecord, owner_id: UUID
) -> tuple[int, ...]:
    """A new organization and its first OWNER. The outbox rows by which the other services learn of it."""
    await store.insert_organization(tx, organization)
    await store.insert_membership(tx, organization.org_id, owner_id, Role.OWNER, organization.created_at)
    deliveries = await outbox.enqueue(tx, [announcement(organization)])
    public = public_id(Prefix.ORGANIZATION, organization.org_id)
    shown = {"name": organization.name, "mode": organization.mode}
    change = Change("organization.created", "organization", public, after=shown)
    await operations.record_change(tx, organization.org_id, founder, change)
    return tuple(deliveries)


async def spread_organization(
    engine: AsyncEngine, *, org_id: UUID, spread: int
) -> tuple[Organization, tuple[int, ...]]:
    """Let the events of one customer lie in as many partitions. Nothing is moved, and a copy that now goes elsewhere meets its first
    in the ledger of keys, which knows no partitions.

    The organization, and the outbox rows that the other services wait for. NotFound when there is no such organization.
    """
    async with transaction(engine) as tx:
        before = await store.organization_of(tx, org_id, lock=True)
        if before is None or before.status != "active":
            raise NotFound("There is no such organization.")
        after = await store.update_spread(tx, org_id, spread)
        if after is None:
            return before, ()
        deliveries = await outbox.enqueue(tx, [announcement(after)])
        change = Change(
            "organization.spread",
            "organization",
            public_id(Prefix.ORGANIZATION, org_id),
            before={"spread": before.spread},
            after={"spread": after.spread},
        )
        await operations.record_change(tx, org_id, OPERATOR, change)
    return after, tuple(deliveries)


async def change_organization(
    engine: AsyncEngine, caller: Caller, given: Mapping[str, Any], expected: int | None
) -> Answer:
    """Name and settings, by field of Organization; the answer waits for nobody, every service learns it within moments."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await store.organization_of(tx, caller.org_id, lock=True)
        if before is None or before.status != "active":
            raise NotFound
        if expected not in (None, before.version):
            raise PreconditionFailed("The organization has another version.")
        after = replace(before, **given, version=before.version + 1)
        await store.update_organization(tx, after)
        await outbox.enqueue(tx, [announcement(after)])
        shown, was = shown_organization(after), shown_organization(before)
        public = public_id(Prefix.ORGANIZATION, caller.org_id)
        change = Change("organization.updated", "organization", public, before=was, after=shown)
        return await operations.finish(tx, caller, Answer(200, shown, etag=str(after.version)), change)


def shown_organization(organization: Organization) -> dict[str, Any]:
    """As the API answers it."""
    return OrganizationModel.of(organization).model_dump(mode="json", by_alias=True)


async def organization_of(engine: AsyncEngine, org_id: UUID) -> Organization:
    """The organization of a caller; NotFound when it was purged."""
    async with transaction(engine, read_only=True) as tx:
        organization = await store.organization_of(tx, org_id)
    if organization is None:
        raise NotFound
    return organization


def announcement(organization: Organization) -> Outgoing:
    """What the other services learn: everything but who its members are."""
    record = OrganizationRecord(
        org_id=organization.org_id,
        name=organization.name,
        mode=organization.mode,
        status=organization.status,
        time_zone=organization.time_zone,
        default_currency=organization.default_currency,
        grace_hours=organization.grace_hours,
        auto_finalize=organization.auto_finalize,
        invoice_number_prefix=organization.invoice_number_prefix,
        payment_term_days=organization.payment_term_days,
        max_event_age_days=organization.max_event_age_days,
        issuer=dict(organization.issuer),
        spread=organization.spread,
        retry_after_days=tuple(organization.dunning["retryAfterDays"]),
        suspend_after_days=organization.dunning["suspendAfterDays"],
        created_at=organization.created_at,
        version=organization.version,
        deleted_at=organization.deleted_at,
    )
    return Outgoing(ORGANIZATIONS_CHANGED, tenant_key(organization.org_id), encode(record))
