"""Which events there are and what they say, corrections and reverts included: the one definition, as a part of other statements.

`effective_events` is a table for FROM. Conditions on its columns reach the indexes of both its halves: events that nobody corrected, by the
time that they were sent with, and amended ones, by the time that they have now. Voided events and those of reverted backfills are in neither.
The expressions below say in SQL what usageflow_common.metering says in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from usageflow_common.metering import OTHER
from usageflow_common.metering.groups import VALUE_BYTES_MAX
from usageflow_common.money import DECIMAL_PLACES_MAX, INTEGER_DIGITS_MAX


@dataclass(frozen=True, slots=True)
class Cut:
    """The parameter of a statement that holds a cut: for each partition from 0 on, the offset that it is cut before."""

    before_offsets: str

    def before(self, partition: str) -> str:
        """The partition's offset; NULL, below which nothing lies, for a partition that the cut does not know."""
        return f"({self.before_offsets}::bigint[])[{partition} + 1]"


_AS_COUNTED: Final = (
    "event.partition, event.log_offset, event.event_id, event.idempotency_key, event.metric, event.salt,"
    " event.received_at, event.appended_at, event.backfill_id, event.api_key_id"
)

# Corrections are rare: against few of them the planner hashes, and against many with few events it probes their key.
_UNTOUCHED: Final = """(
SELECT event.org_id, event.customer_id, event.occurred_at, event.amount, event.properties, event.metric_ids,
       event.event_hash, 1 AS revision, {as_counted}
  FROM usage_events AS event
 WHERE {of_days}NOT EXISTS (
       SELECT FROM event_corrections AS correction
        WHERE correction.org_id = event.org_id AND correction.partition = event.partition
          AND correction.log_offset = event.log_offset {corrected})
   AND NOT EXISTS ({reverted}) {counted})"""

_AMENDED: Final = """(
SELECT amendment.org_id, amendment.customer_id, amendment.occurred_at, amendment.amount, amendment.properties, amendment.metric_ids,
       amendment.event_hash, amendment.revision, {as_counted}
  FROM event_corrections AS amendment
  JOIN usage_events AS event
    ON event.org_id = amendment.org_id AND event.partition = amendment.partition AND event.log_offset = amendment.log_offset
   AND event.day = amendment.day
 WHERE {of_days}amendment.kind = 'amend' {amended}
   AND NOT EXISTS (
       SELECT FROM event_corrections AS correction
        WHERE correction.org_id = amendment.org_id AND correction.partition = amendment.partition
          AND correction.log_offset = amendment.log_offset AND correction.revision > amendment.revision {corrected})
   AND NOT EXISTS ({reverted}))"""

_REVERTED: Final = """
       SELECT FROM backfill_counts AS revert
        WHERE revert.org_id = event.org_id AND revert.backfill_id = event.backfill_id AND revert.shard = event.partition
          AND revert.reverted_offset """


def effective_events(cut: Cut | None = None, *, days: str | None = None) -> str:
    """A table for FROM: give it an alias, and conditions on org_id, customer_id and occurred_at.

    `days` is a parameter that holds what `store.days.days_of` says of the range; without it, every day there is has to be planned for.

    Below a cut: the events and the corrections that stand below it. None: all that there are now.
    `revision` is 1 as counted, and one more after each correction. `event_hash` is that of the values shown.
    """
    return f"({untouched_events(cut, days=days)}\nUNION ALL\n{amended_events(cut, days=days)})"


def untouched_events(cut: Cut | None = None, *, days: str | None = None) -> str:
    """The half that nobody corrected, for whoever reads the halves in order."""
    before = None if cut is None else cut.before("event.partition")
    return _UNTOUCHED.format(
        as_counted=_AS_COUNTED,
        of_days=_of_days(days),
        # A correction stands in its event's partition, so one offset cuts both.
        corrected="" if before is None else f"AND correction.correction_offset < {before}",
        counted="" if before is None else f"AND event.log_offset < {before}",
        reverted=_REVERTED + ("IS NOT NULL" if before is None else f"< {before}"),
    )


def amended_events(cut: Cut | None = None, *, days: str | None = None) -> str:
    """The half that was amended, and not voided."""
    before = None if cut is None else cut.before("amendment.partition")
    return _AMENDED.format(
        as_counted=_AS_COUNTED,
        of_days=_of_days(days),
        corrected="" if before is None else f"AND correction.correction_offset < {before}",
        amended="" if before is None else f"AND amendment.correction_offset < {before}",
        reverted=_REVERTED + ("IS NOT NULL" if before is None else f"< {before}"),
    )


def _of_days(days: str | None) -> str:
    return "" if days is None else f"event.day = ANY({days}::date[]) AND "


def property_text(properties: str, key: str) -> str:
    """metering.canonical_text of a property; the arguments are expressions."""
    return (
        f"coalesce(CASE WHEN jsonb_typeof({properties} -> {key}) = 'number'"
        f" THEN trim_scale(({properties} ->> {key})::numeric)::text ELSE {properties} ->> {key} END, '')"
    )


def property_number(properties: str, key: str) -> str:
    """metering.numeric of a property; NULL when it is no permitted decimal."""
    number = f"({properties} ->> {key})::numeric"
    return (
        f"CASE WHEN jsonb_typeof({properties} -> {key}) = 'number'"
        rf" OR {properties} ->> {key} ~ '^-?[0-9]{{1,100}}(\.[0-9]{{1,100}})?$'"
        f" THEN CASE WHEN abs({number}) < 1e{INTEGER_DIGITS_MAX} AND min_scale({number}) <= {DECIMAL_PLACES_MAX}"
        f" THEN trim_scale({number}) END END"
    )


def value_number(amount: str, properties: str, value_property: str | None) -> str:
    """What a metric makes of an event: its amount, or a property as a number. `value_property` is an expression for the key."""
    return amount if value_property is None else property_number(properties, value_property)


def group_key(properties: str, keys: Sequence[str]) -> str:
    """metering.group_key of metering.group_of. `keys` are expressions, in ascending order of the keys that they stand for."""
    if not keys:
        return "'{}'"
    members = [f"to_json({key}::text)::text || ':' || {_bounded(property_text(properties, key))}" for key in keys]
    return "'{' || " + " || ',' || ".join(members) + " || '}'"


def admitted_group_key(group: str, *, org_id: str, metric_id: str, customer_id: str, shard: str, other: str) -> str:
    """The group that an event is counted under: its own where that was admitted, `other` (the key of metering.other_group) otherwise."""
    return (
        "CASE WHEN EXISTS (SELECT FROM group_values AS admitted"
        f" WHERE admitted.org_id = {org_id} AND admitted.metric_id = {metric_id} AND admitted.customer_id = {customer_id}"
        f" AND admitted.shard = {shard} AND admitted.group_key = {group}) THEN {group} ELSE {other} END"
    )


def value_hash(salt: str, properties: str, key: str) -> str:
    """The hash by which UNIQUE tells values apart, 16 bytes; NULL where there is none. `salt` is the organization's (domain/digest.py)."""
    text = f"nullif({property_text(properties, key)}, '')"
    return f"substring(sha256({salt}::bytea || convert_to({text}, 'UTF8')) FROM 1 FOR 16)"


def _bounded(text: str) -> str:
    quoted = f"to_json({text})::text"
    return f"CASE WHEN octet_length({quoted}) <= {VALUE_BYTES_MAX} THEN {quoted} ELSE '\"{OTHER}\"' END"
