"""The public JSON of the gateway's own resources."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, QueryModel, ResponseModel, public
from usageflow_gateway.domain.audit_chain import ChainedEntry, hashed_part
from usageflow_gateway.domain.organizations import Organization
from usageflow_gateway.store.audit import AuditFilter


class OrganizationModel(ResponseModel):
    """The organization of this request."""

    id: Annotated[UUID, public(Prefix.ORGANIZATION)]
    name: str
    mode: Literal["live", "test"]
    issuer: dict[str, Any]
    time_zone: str
    default_currency: str
    grace_hours: int
    auto_finalize: bool
    invoice_number_prefix: str
    payment_term_days: int
    max_event_age_days: int
    dunning: dict[str, Any]
    created_at: Instant
    version: int

    @classmethod
    def of(cls, organization: Organization) -> OrganizationModel:
        """The public form."""
        return cls(
            id=organization.org_id,
            name=organization.name,
            mode=organization.mode,
            issuer=dict(organization.issuer),
            time_zone=organization.time_zone,
            default_currency=organization.default_currency,
            grace_hours=organization.grace_hours,
            auto_finalize=organization.auto_finalize,
            invoice_number_prefix=organization.invoice_number_prefix,
            payment_term_days=organization.payment_term_days,
            max_event_age_days=organization.max_event_age_days,
            dunning=dict(organization.dunning),
            created_at=organization.created_at,
            version=organization.version,
        )


class AuditQuery(QueryModel):
    """Which entries of the audit log are asked for; `action` is a comma list, any of which will do."""

    actor_id: Annotated[str | None, Field(max_length=200)] = None
    action: Annotated[str | None, Field(max_length=1_000)] = None
    target_type: Annotated[str | None, Field(max_length=200)] = None
    target_id: Annotated[str | None, Field(max_length=200)] = None
    outcome: Literal["done", "refused"] | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=2_048)] = None

    def filter(self, *, only_actor_id: str | None) -> AuditFilter:
        """What the store narrows its list to."""
        return AuditFilter(
            actor_id=self.actor_id,
            action=tuple(self.action.split(",")) if self.action else (),
            target_type=self.target_type,
            target_id=self.target_id,
            outcome=self.outcome,
            created_from=self.created_from,
            created_to=self.created_to,
            only_actor_id=only_actor_id,
        )


class AuditEntryModel(ResponseModel):
    """One entry of the audit log. Its `hash` covers every other member (RFC 8785), behind the bytes of `previousHash`."""

    id: str
    sequence: int
    at: Instant
    actor: dict[str, str | None]
    action: str
    target: dict[str, str]
    outcome: Literal["done", "refused"]
    code: str | None = None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
    ip: str | None
    user_agent: str | None
    previous_hash: str
    hash: str


class AuditLogModel(ResponseModel):
    """A page of the audit log, latest first."""

    data: list[AuditEntryModel]
    next_cursor: str | None


def audit_entry(chained: ChainedEntry) -> dict[str, Any]:
    """The public form, exactly as it was hashed: `code` is there only where the entry has one."""
    return {
        **hashed_part(chained.sequence, chained.entry),
        "previousHash": chained.previous_hash.hex(),
        "hash": chained.hash.hex(),
    }
