"""What voids and amendments make of counted events, one after the other as the log has them. Pure.

An event is at revision 1 as counted, and one further after each correction that was applied. A correction is applied once, whatever
repeats it; an amendment only to the revision that it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never
from uuid import UUID

from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.domain.definition import (
    Contribution,
    Definition,
    FindDefinition,
    NotNumeric,
    contribute,
)
from usageflow_aggregator.domain.digest import EventCore, Properties, event_digest, event_hash, value_salt
from usageflow_aggregator.domain.fold import Effect
from usageflow_aggregator.domain.ledger import Known
from usageflow_aggregator.domain.reading import Correction, EventKey, Usage, core_of
from usageflow_common.records import AmendEvent, VoidEvent


class UnheardMetric(LookupError):
    """A counted event feeds a metric that is not known here: metrics.changed has to be read on before the batch can be counted."""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """Nothing was counted under the key in front of the correction."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The event was counted in another partition."""

    partition: int


@dataclass(frozen=True, slots=True)
class Here:
    """The event was counted in this partition, at this offset, in this batch or before."""

    offset: int
    day: date | None


Place = Nowhere | Elsewhere | Here


@dataclass(frozen=True, slots=True)
class Subject:
    """A counted event as its corrections have left it. `hash` is that of its present values; it stands in the log at `offset` since `day`."""

    offset: int
    day: date
    core: EventCore
    properties: Properties
    salt: bytes
    hash: bytes
    revision: int
    is_voided: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A correction that was applied, and the event after it."""

    correction: Correction
    subject: Subject


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of the corrections of a batch; repetitions are nowhere."""

    applied: tuple[Applied, ...]
    effects: tuple[Effect, ...]
    stale: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What correcting asks for. `counts`: whether an event of this backfill still counts for a record at this offset."""

    find: FindDefinition
    digest_key: bytes
    counts: Callable[[UUID, UUID | None, int], bool]


def locate(
    correction: Correction, partition: int, fresh: Mapping[EventKey, Usage], known: Mapping[EventKey, Known]
) -> Place:
    """Where the event of a correction was counted. `fresh`: the new events of this batch."""
    usage = fresh.get(correction.key)
    if usage is not None:
        return Here(usage.offset, None) if usage.offset < correction.offset else Nowhere()
    there = known.get(correction.key)
    if there is None or there.is_tombstone:
        return Nowhere()
    return Here(there.offset, there.day) if there.partition == partition else Elsewhere(there.partition)


def subject_of(usage: Usage) -> Subject:
    """An event as counted."""
    event = usage.event
    return Subject(
        offset=usage.offset,
        day=day_of(usage.appended_at),
        core=core_of(event, usage.amount),
        properties=event.properties,
        salt=usage.salt,
        hash=usage.hash,
        revision=1,
        is_voided=False,
    )


def correct(
    corrections: Iterable[Correction],
    subjects: Mapping[EventKey, Subject],
    applied_before: Iterable[tuple[EventKey, UUID]],
    rules: Rules,
) -> Corrected:
    """Apply corrections of known events, in the order of the log."""
    now = dict(subjects)
    done = set(applied_before)
    applied: list[Applied] = []
    effects: list[Effect] = []
    stale: list[Correction] = []
    for correction in corrections:
        before, name = now[correction.key], (correction.key, correction.record.event_id)
        if name in done or (before.is_voided and isinstance(correction.record, VoidEvent)):
            continue
        after = _after(correction, before, rules)
        if after is None:
            stale.append(correction)
            continue
        done.add(name)
        now[correction.key] = after
        applied.append(Applied(correction, after))
        if rules.counts(before.core.org_id, before.core.backfill_id, correction.offset):
            effects.append(_effect(-1, correction, before, rules))
            if not after.is_voided:
                effects.append(_effect(1, correction, after, rules))
    return Corrected(tuple(applied), tuple(effects), tuple(stale))


def _after(correction: Correction, before: Subject, rules: Rules) -> Subject | None:
    """The event after the correction; None when that cannot be applied."""
    match correction.record:
        case VoidEvent():
            return replace(before, revision=before.revision + 1, is_voided=True)
        case AmendEvent() as amendment:
            if before.is_voided or amendment.base_revision != before.revision:
                return None
            core = before.core
            amended = core._replace(
                amount=core.amount if correction.amount is None else correction.amount,
                occurred_at=amendment.occurred_at or core.occurred_at,
                metric_ids=core.metric_ids if amendment.metric_ids is None else amendment.metric_ids,
            )
            properties = before.properties if amendment.properties is None else amendment.properties
            # Whoever accepted it has checked that; what cannot be measured all the same must not count as something else.
            if _contributions(amended, properties, rules) is None:
                return None
            proof = event_hash(amended, before.salt, properties)
            return replace(before, core=amended, properties=properties, hash=proof, revision=before.revision + 1)
        case never:
            assert_never(never)


def _effect(sign: int, correction: Correction, subject: Subject, rules: Rules) -> Effect:
    core = subject.core
    contributions = _contributions(core, subject.properties, rules)
    if contributions is None:
        raise ValueError(f"event {core.event_id} was counted and cannot be measured")
    return Effect(
        sign=sign,
        offset=correction.offset,
        org_id=core.org_id,
        event_id=core.event_id,
        customer_id=core.customer_id,
        occurred_at=core.occurred_at,
        digest=event_digest(rules.digest_key, subject.hash),
        contributions=contributions,
        backfill_id=core.backfill_id,
    )


def _contributions(core: EventCore, properties: Properties, rules: Rules) -> tuple[Contribution, ...] | None:
    salt = value_salt(rules.digest_key, core.org_id)
    contributions = []
    for metric_id in core.metric_ids:
        definition = rules.find(core.org_id, metric_id)
        if not isinstance(definition, Definition):
            raise UnheardMetric(f"metric {metric_id} was counted and cannot be named")
        contribution = contribute(definition, core.amount, properties, salt)
        if isinstance(contribution, NotNumeric):
            return None
        contributions.append(contribution)
    return tuple(contributions)
