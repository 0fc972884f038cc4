"""The records that travel over Kafka: snake_case, bare UUIDs, times in RFC 3339, decimals as text. topics.py says which goes where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One message's value."""


class ActorRecord(Record, frozen=True, kw_only=True):
    """Who caused it: `user`, `api_key`, `service` or `operator`."""

    type: str
    id: str
    name: str | None = None
    role: str | None = None


# events.raw -----------------------------------------------------------------------------------------------------------


class EventRecord(Record, frozen=True, kw_only=True, tag_field="kind"):
    """Anything that may stand in events.raw."""


class UsageEvent(EventRecord, frozen=True, kw_only=True, tag="usage"):
    """One accepted event. `metric_ids` are the metrics that ingest found it to feed; nobody decides that again.

    None of them, when filters leave it out of all: it is kept and listed, and counts nowhere.

    `amount` is canonical decimal text. Values of `properties` are str, int, Decimal, bool or None.
    `payload_hash` covers metric, amount, customer, the time if it was given, and properties: hex of SHA-256.
    """

    org_id: UUID
    event_id: UUID
    idempotency_key: str
    metric: str
    metric_ids: tuple[UUID, ...]
    amount: str
    customer_id: str
    occurred_at: datetime
    occurred_at_given: bool
    properties: dict[str, Any]
    received_at: datetime
    payload_hash: str
    backfill_id: UUID | None = None
    api_key_id: UUID | None = None


class AcceptedEvent(EventRecord, frozen=True, kw_only=True, tag="usage"):
    """A UsageEvent as it is written: ids and instants are the very texts that go out, so that the hot path renders none twice."""

    org_id: str
    event_id: str
    idempotency_key: str
    metric: str
    metric_ids: tuple[str, ...]
    amount: str
    customer_id: str
    occurred_at: str
    occurred_at_given: bool
    properties: Mapping[str, Any]
    received_at: str
    payload_hash: str
    backfill_id: str | None = None
    api_key_id: str | None = None


class VoidEvent(EventRecord, frozen=True, kw_only=True, tag="void"):
    """The target counts no more. It goes, by explicit partition, behind its event.

    Of a target that was never counted it is a tombstone: the key is taken, and its event will not count when it comes.
    """

    org_id: UUID
    event_id: UUID
    target_event_id: UUID
    base_revision: int
    reason: str
    actor: ActorRecord
    received_at: datetime


class AmendEvent(EventRecord, frozen=True, kw_only=True, tag="amend"):
    """The target counts with other values; None leaves a value as it is.

    `metric_ids` are the metrics that it feeds with these properties, decided when the amendment was accepted, for its filters may
    speak of them; None: as before. Not applied, but recorded as a conflict, when the target is at another revision than `base_revision`.
    """

    org_id: UUID
    event_id: UUID
    target_event_id: UUID
    base_revision: int
    amount: str | None
    properties: dict[str, Any] | None
    occurred_at: datetime | None
    reason: str
    actor: ActorRecord
    received_at: datetime
    metric_ids: tuple[UUID, ...] | None = None


class BackfillRevert(EventRecord, frozen=True, kw_only=True, tag="backfill_revert"):
    """No event of the backfill counts any more; written to every partition."""

    org_id: UUID
    event_id: UUID
    backfill_id: UUID
    reason: str
    actor: ActorRecord
    received_at: datetime


class Release(EventRecord, frozen=True, kw_only=True, tag="release"):
    """The quarantined record at (partition, offset) was repaired or waived; stands in the same partition."""

    partition: int
    offset: int
    reason: str
    actor: ActorRecord
    received_at: datetime


class Barrier(EventRecord, frozen=True, kw_only=True, tag="barrier"):
    """A marker. The nil barrier is the one that a partition is born with."""

    barrier_id: UUID
    partition: int
    produced_at: datetime


AnyEvent = UsageEvent | VoidEvent | AmendEvent | BackfillRevert | Release | Barrier


# usage.aggregated -----------------------------------------------------------------------------------------------------


class Marker(Record, frozen=True, kw_only=True):
    """A barrier marker that the batch contained."""

    barrier_id: UUID
    offset: int


class Quarantined(Record, frozen=True, kw_only=True):
    """A record of the batch that nobody can read; `org_id` is None when even that is unknown, which concerns everybody."""

    offset: int
    org_id: UUID | None


class WindowState(Record, frozen=True, kw_only=True, gc=False):
    """One row of aggregated_usage as it is after the batch: absolute, never a difference.

    `state` is what usageflow_common.metering encodes. `digest` is the window's Σ HMAC mod 2^256 as 64 hex digits.
    `version` counts the operations folded into the row; rows are ordered by (generation, version).
    """

    org_id: UUID
    metric_id: UUID
    customer_id: str
    window_start_at: datetime
    group: dict[str, str]
    version: int
    state: dict[str, str]
    event_count: int
    digest: str


class UniquePoint(Record, frozen=True, kw_only=True, gc=False):
    """A distinct value of a UNIQUE metric in one window: absolute, ordered like the rows of windows.

    `value_hash` is 32 hex digits, keyed, the same for equal values of one organization. `present`: some event still has the value.
    """

    org_id: UUID
    metric_id: UUID
    customer_id: str
    window_start_at: datetime
    group: dict[str, str]
    value_hash: str
    present: bool
    version: int


class UsageAggregated(Record, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Everything one committed batch of `partition` changed. Applied whole, and only where `from_` is what was applied before.

    `positions` (partition as text → next offset, of all partitions, read after the batch's keys) comes with `markers`:
    a marker has passed only when the invoicer has applied that far everywhere. `opens_after`: this record opens its generation, and
    that is the one before it (a rebuild: the rows that it changed, from = next). `from_` None: a whole shard of a new generation,
    republished, part by part; rows of lower generations go with the last part.
    """

    generation: int
    partition: int
    from_: int | None
    next: int
    part: int = 1
    parts: int = 1
    markers: tuple[Marker, ...] = ()
    positions: dict[str, int] = {}
    quarantined: tuple[Quarantined, ...] = ()
    released: tuple[int, ...] = ()
    states: tuple[WindowState, ...] = ()
    points: tuple[UniquePoint, ...] = ()
    opens_after: int | None = None


# facts ----------------------------------------------------------------------------------------------------------------


class BillingFact(Record, frozen=True, kw_only=True):
    """invoice.created and billing.events. `webhook_data` is the public `data` of the webhook, verbatim.

    `customer_salt`, in hex, goes with `invoice`: the document holds the customer as a salted hash.
    """

    org_id: UUID
    event_id: UUID
    type: str
    occurred_at: datetime
    customer_id: str
    subscription_id: UUID | None
    invoice_id: UUID | None
    version: int
    webhook_data: dict[str, Any]
    invoice: dict[str, Any] | None = None
    customer_salt: str | None = None


class DispatchHint(Record, frozen=True, kw_only=True):
    """This endpoint has something due. Only a hint: the table is the truth."""

    org_id: UUID
    dispatch_id: UUID
    endpoint_id: UUID
    event_id: UUID
    attempt: int
    due_at: datetime


class MetricFilter(Record, frozen=True, kw_only=True):
    """All filters of a metric must hold."""

    property: str
    operator: Literal["equals", "in", "exists", "gt", "gte", "lt", "lte"]
    value: Any = None


class MetricRecord(Record, frozen=True, kw_only=True):
    """One metric, whole. It counts events received from `active_from` on."""

    org_id: UUID
    metric_id: UUID
    code: str
    event_name: str
    aggregation: str
    value_property: str | None
    filters: tuple[MetricFilter, ...]
    group_by: tuple[str, ...]
    status: Literal["active", "archived"]
    active_from: datetime
    created_at: datetime
    version: int


class OrganizationRecord(Record, frozen=True, kw_only=True):
    """One organization with its settings, whole. Dunning counts its days from the first failure."""

    org_id: UUID
    name: str
    mode: Literal["live", "test"]
    status: Literal["active", "deleted"]
    time_zone: str
    default_currency: str
    grace_hours: int
    auto_finalize: bool
    invoice_number_prefix: str
    payment_term_days: int
    max_event_age_days: int
    issuer: dict[str, Any]
    spread: int
    created_at: datetime
    version: int
    deleted_at: datetime | None = None
    retry_after_days: tuple[int, ...] = (1, 3, 5, 7)
    suspend_after_days: int = 14


class ClockRecord(Record, frozen=True, kw_only=True):
    """The test clock of an organization."""

    org_id: UUID
    offset_microseconds: int
    version: int


class RejectedEvent(Record, frozen=True, kw_only=True):
    """One refused event; `body` is the event as sent, at most 16 KiB."""

    org_id: UUID
    rejected_event_id: UUID
    code: str
    detail: str
    index: int
    body: str
    idempotency_key: str | None
    api_key_id: UUID | None
    request_id: str | None
    customer_id: str | None
    metric: str | None
    received_at: datetime


class AuditRecord(Record, frozen=True, kw_only=True):
    """One thing that somebody did, or was refused. The gateway gives it sequence and hash, once for each `entry_id`."""

    org_id: UUID
    entry_id: UUID
    at: datetime
    actor: ActorRecord
    action: str
    target: dict[str, str]
    outcome: Literal["done", "refused"]
    code: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    request_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
