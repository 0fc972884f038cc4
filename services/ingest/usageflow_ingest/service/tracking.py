"""Accepting events: judged from memory, handed to Kafka, answered once it has them. No database is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from usageflow_common.clock import Clock
from usageflow_common.errors import Unauthenticated
from usageflow_common.ids import stable_hash
from usageflow_common.kafka import Funnel, Outgoing
from usageflow_common.metrics import EVENTS_ACCEPTED, EVENTS_REFUSED
from usageflow_common.records import AcceptedEvent
from usageflow_common.tokens import BackfillGrant, Caller
from usageflow_common.topics import EVENTS_RAW, encode, events_raw_key
from usageflow_common.wire import parse_instant
from usageflow_ingest.catalogs import Catalogs
from usageflow_ingest.domain.admitting import Backfill, Terms, admit
from usageflow_ingest.domain.outcomes import Arrival, Refused
from usageflow_ingest.service.refusals import Refusals

Verdict: TypeAlias = AcceptedEvent | Refused
_BY_METRICS: Final = frozenset({"unknown_metric", "metric_archived", "property_missing", "property_not_numeric"})


class Tracking:
    """The way of events into events.raw."""

    def __init__(self, *, catalogs: Catalogs, funnel: Funnel, refusals: Refusals, clock: Clock) -> None:
        self._catalogs = catalogs
        self._funnel = funnel
        self._refusals = refusals
        self._clock = clock

    async def accept(self, caller: Caller, arrivals: Sequence[Arrival], request_id: str) -> list[Verdict]:
        """One verdict for each arrival, in order. When this returns, all in-sync replicas have every event that was not refused.

        Unavailable or Overloaded: nothing is known of any of them, and sending them again under the same keys is harmless.
        """
        # 1. The terms: whose events these are, and what time it is for them.
        self._catalogs.refuse_stale()
        organization = await self._catalogs.organization(caller.org_id)
        received_at = self._clock.wall()
        terms = Terms(
            org_id=caller.org_id,
            now=received_at + self._clock.offset_of(caller.org_id),
            received_at=received_at,
            max_age=timedelta(days=organization.max_event_age_days),
            api_key_id=caller.actor.id if caller.actor.type == "api_key" else None,
            backfill=_backfill(caller.backfill) if caller.backfill is not None else None,
        )
        # 2. The verdicts. What the metrics refuse, they may permit by now: read on before refusing it.
        verdicts = [self._judge(arrival, terms) for arrival in arrivals]
        if any(_is_refused_by_metrics(*judged) for judged in zip(arrivals, verdicts, strict=True)):
            await self._catalogs.metrics.read_to_end()
            verdicts = [self._judge(arrival, terms) for arrival in arrivals]
        # 3. The promise: every good event acknowledged.
        good = [verdict for verdict in verdicts if isinstance(verdict, AcceptedEvent)]
        if good:
            headers = {"request_id": request_id}
            await self._funnel.submit(caller.org_id, [_outgoing(event, organization.spread, headers) for event in good])
            EVENTS_ACCEPTED.inc(len(good))
        # 4. The refused ones, for the debugger: afterwards, or a request that is sent again would list them twice.
        refused = [(a, v) for a, v in zip(arrivals, verdicts, strict=True) if isinstance(v, Refused)]
        if refused:
            await self._refusals.tell(caller.org_id, terms.api_key_id, request_id, received_at, refused)
            for _, refusal in refused:
                EVENTS_REFUSED.labels(refusal.code).inc()
        return verdicts

    def _judge(self, arrival: Arrival, terms: Terms) -> Verdict:
        content = arrival.content
        if isinstance(content, Refused):
            return content
        return admit(arrival, content, self._catalogs.metrics_of(terms.org_id, content.metric), terms)


def _backfill(grant: BackfillGrant) -> Backfill:
    """What the gateway was told of an open backfill."""
    from_at, to_at = parse_instant(grant.from_), parse_instant(grant.to)
    if from_at is None or to_at is None:
        raise Unauthenticated("The token's backfill is not valid.")
    return Backfill(grant.id, from_at, to_at)


def _is_refused_by_metrics(arrival: Arrival, verdict: Verdict) -> bool:
    """Whether another view of the metrics could have let the event in: it was well formed."""
    return isinstance(verdict, Refused) and verdict is not arrival.content and verdict.code in _BY_METRICS


def _outgoing(event: AcceptedEvent, spread: int, headers: dict[str, str]) -> Outgoing:
    """To the partition of its customer; a hot organization's customers are spread by key, so a copy meets its first."""
    salt = stable_hash(event.idempotency_key) % spread if spread > 1 else 0
    return Outgoing(EVENTS_RAW, events_raw_key(event.org_id, event.customer_id, salt), encode(event), None, headers)
