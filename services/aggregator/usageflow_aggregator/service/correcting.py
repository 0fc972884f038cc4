"""What corrections and reverts make of a batch, before anything of it is written: which events come, which go, and what is passed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

from usageflow_aggregator.domain.correcting import (
    Applied,
    Elsewhere,
    Here,
    Nowhere,
    Rules,
    Subject,
    correct,
    locate,
    subject_of,
)
from usageflow_aggregator.domain.definition import FindDefinition
from usageflow_aggregator.domain.fold import Effect
from usageflow_aggregator.domain.ledger import Known, Settlement
from usageflow_aggregator.domain.reading import Correction, EventKey, Reading, Revert, Usage
from usageflow_aggregator.store import correcting, reverting
from usageflow_aggregator.store.reverting import BackfillKey
from usageflow_common.database import Transaction
from usageflow_common.kafka import Outgoing
from usageflow_common.records import VoidEvent
from usageflow_common.topics import EVENTS_RAW, encode, tenant_key


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch with its corrections: `coming` are the new events that count, `effects` what applied corrections change besides.

    `passed_on`: corrections of events that other partitions counted. `reverts`: the first ones of their backfills in this shard.
    """

    coming: tuple[Usage, ...]
    effects: tuple[Effect, ...] = ()
    applied: tuple[Applied, ...] = ()
    stale: tuple[Correction, ...] = ()
    passed_on: tuple[tuple[Correction, int], ...] = ()
    reverts: tuple[Revert, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger said: what each event is, the keys that were there, and those that voids of this batch took (tombstones)."""

    settlement: Settlement
    known: Mapping[EventKey, Known]
    tombstones: frozenset[EventKey]


async def plan_batch(
    tx: Transaction, reading: Reading, ledger: Ledger, find: FindDefinition, digest_key: bytes
) -> Plan:
    """Settle corrections and reverts in the order of the log. Nothing is written."""
    settlement = ledger.settlement
    there, stale, passed_on, subjects = await _sort(tx, reading, ledger)
    backfills = {(usage.event.org_id, usage.event.backfill_id) for usage in settlement.fresh if usage.event.backfill_id}
    backfills |= {
        (subject.core.org_id, subject.core.backfill_id) for subject in subjects.values() if subject.core.backfill_id
    }
    if not (there or stale or passed_on or backfills or reading.reverts):
        return Plan(settlement.fresh)
    backfills |= {_backfill(revert) for revert in reading.reverts}
    reverted = await reverting.find_reverted(tx, reading.partition, list(backfills))
    reverts = []
    for revert in reading.reverts:
        if _backfill(revert) not in reverted:
            reverted[_backfill(revert)] = revert.offset
            reverts.append(revert)

    def counts(org_id: UUID, backfill_id: UUID | None, offset: int) -> bool:
        return backfill_id is None or offset < reverted.get((org_id, backfill_id), offset + 1)

    applied_before = await correcting.find_applied(tx, there)
    corrected = correct(there, subjects, applied_before, Rules(find, digest_key, counts))
    return Plan(
        coming=tuple(
            usage for usage in settlement.fresh if counts(usage.event.org_id, usage.event.backfill_id, usage.offset)
        ),
        effects=corrected.effects,
        applied=corrected.applied,
        stale=(*stale, *corrected.stale),
        passed_on=tuple(passed_on),
        reverts=tuple(reverts),
    )


def pass_on(correction: Correction, partition: int) -> Outgoing:
    """The correction again, for the partition that counted its event."""
    record = correction.record
    return Outgoing(EVENTS_RAW, tenant_key(record.org_id, record.target_event_id), encode(record), partition)


def count_by_backfill(usages: tuple[Usage, ...]) -> dict[BackfillKey, int]:
    """How many of the events came under each backfill, in the order of keys."""
    counts: dict[BackfillKey, int] = {}
    for usage in usages:
        if usage.event.backfill_id is not None:
            key = (usage.event.org_id, usage.event.backfill_id)
            counts[key] = counts.get(key, 0) + 1
    return counts


async def _sort(
    tx: Transaction, reading: Reading, ledger: Ledger
) -> tuple[list[Correction], list[Correction], list[tuple[Correction, int]], dict[EventKey, Subject]]:
    """Corrections whose event is here, that have nothing to correct, and that go elsewhere; the events that are here."""
    here: list[Correction] = []
    stale: list[Correction] = []
    elsewhere: list[tuple[Correction, int]] = []
    if not reading.corrections:
        return here, stale, elsewhere, {}
    fresh = {usage.key: usage for usage in ledger.settlement.fresh}
    places: dict[EventKey, tuple[UUID, int, date]] = {}
    for correction in reading.corrections:
        is_void = isinstance(correction.record, VoidEvent)
        if is_void and correction.key in ledger.tombstones:
            continue
        match locate(correction, reading.partition, fresh, ledger.known):
            case Nowhere():
                # A void of what can never count changes nothing.
                if not is_void:
                    stale.append(correction)
            case Elsewhere(partition=partition):
                elsewhere.append((correction, partition))
            case Here(offset=offset, day=day):
                here.append(correction)
                if day is not None:
                    places[correction.key] = (correction.record.org_id, offset, day)
            case never:
                assert_never(never)
    subjects = await correcting.find_subjects(tx, reading.partition, list(places.values()))
    subjects |= {
        correction.key: subject_of(fresh[correction.key]) for correction in here if correction.key not in places
    }
    # An event whose day was detached can be corrected no more: there is nothing left to say what it amounted to.
    stale += [correction for correction in here if correction.key not in subjects]
    return [correction for correction in here if correction.key in subjects], stale, elsewhere, subjects


def _backfill(revert: Revert) -> BackfillKey:
    return revert.record.org_id, revert.record.backfill_id
