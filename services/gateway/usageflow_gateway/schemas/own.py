"""The public JSON of the gateway's own resources."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.wire import (
    AddressInput,
    Currency,
    Instant,
    QueryModel,
    RequestModel,
    ResponseModel,
    Text,
    TimeZone,
    public,
)
from usageflow_gateway.domain.audit_chain import Broken, ChainedEntry, Head, hashed_part
from usageflow_gateway.domain.organizations import NAME_LENGTH_MAX, Organization
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


class OrganizationCreate(RequestModel):
    """One more organization. A test organization has a clock of its own, and never reaches a real payment provider."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX, pattern=r"\S")]
    mode: Literal["live", "test"] = "live"


class OrganizationTransfer(RequestModel):
    """Who becomes OWNER, and the password of who is."""

    user_id: Annotated[UUID, public(Prefix.USER)]
    password: Annotated[str, Field(min_length=1, max_length=128)]


class OrganizationDeletion(RequestModel):
    """The organization's name as it is written, and the owner's password."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX)]
    password: Annotated[str, Field(min_length=1, max_length=128)]


class IssuerInput(RequestModel):
    """Who stands at the head of invoices from now on."""

    name: Text
    address: AddressInput | None = None
    tax_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class DunningInput(RequestModel):
    """Days behind the first failure: of each further attempt, ascending, and of the suspension."""

    retry_after_days: Annotated[tuple[Annotated[int, Field(ge=1, le=365, strict=True)], ...], Field(max_length=10)]
    suspend_after_days: Annotated[int, Field(ge=1, le=365)]

    @field_validator("retry_after_days")
    @classmethod
    def _ascending(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise PydanticCustomError("invalid_value", "Must be ascending")
        return days


class OrganizationPatch(RequestModel):
    """What is to change. Invoices that are issued keep what they say; the mode stays."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX, pattern=r"\S")] | None = None
    issuer: IssuerInput | None = None
    time_zone: TimeZone | None = None
    default_currency: Currency | None = None
    grace_hours: Annotated[int, Field(ge=0, le=72)] | None = None
    auto_finalize: bool | None = None
    invoice_number_prefix: Annotated[str, Field(max_length=16, pattern=r"^[A-Za-z0-9./_-]*$")] | None = None
    payment_term_days: Annotated[int, Field(ge=0, le=365)] | None = None
    max_event_age_days: Annotated[int, Field(ge=1, le=35)] | None = None
    dunning: DunningInput | None = None

    @model_validator(mode="after")
    def _nothing_is_taken_away(self) -> OrganizationPatch:
        for name in self.model_fields_set:
            if getattr(self, name) is None:
                raise PydanticCustomError("invalid_value", "A setting has a value: leave out what stays")
        return self

    def given(self) -> dict[str, Any]:
        """By field of Organization; nested members in the API's spelling."""
        named: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        return {
            name: value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value
            for name, value in named.items()
        }


class AuditFilters(QueryModel):
    """Which entries of the audit log are asked for; `action` is a comma list, any of which will do."""

    actor_id: Annotated[str | None, Field(max_length=200)] = None
    action: Annotated[str | None, Field(max_length=1_000)] = None
    target_type: Annotated[str | None, Field(max_length=200)] = None
    target_id: Annotated[str | None, Field(max_length=200)] = None
    outcome: Literal["done", "refused"] | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None

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


class AuditQuery(AuditFilters):
    """A page of them."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=2_048)] = None


class AuditVerification(ResponseModel):
    """Whether the chain holds from its first entry to its end; `firstBroken` is the sequence where it does not."""

    passed: bool
    entries: int
    head_sequence: int
    head_hash: str
    first_broken: int | None

    @classmethod
    def of(cls, found: Head | Broken, kept: Head) -> AuditVerification:
        """The public form."""
        broken = found.sequence if isinstance(found, Broken) else None
        entries = broken - 1 if broken is not None else kept.sequence
        return cls(
            passed=broken is None,
            entries=entries,
            head_sequence=kept.sequence,
            head_hash=kept.hash.hex(),
            first_broken=broken,
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
