"""The proof: what the senders know, what the log holds, what was counted, what was told onward and what was billed agree.

Everything is read when the system has come to rest. Each difference names the keys concerned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from chaos.books import Books, Content, Entry
from chaos.refold import Window, differences, value_of_event
from chaos.store import Account, StoredEvent, WindowKey
from chaos.traffic import Metric
from usageflow_common.metering import EMPTY, Aggregation, add_event, value_of

_NAMED_MAX: Final = 20
_NOT_OF_ALL: Final = frozenset({"UNIQUE", "WEIGHTED_SUM"})
"""Their values need more than the states of events: distinct values, the level before."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that should be equal and is not."""

    what: str
    where: str


def compare_events(books: Books, events: Sequence[StoredEvent], conflicts: Mapping[UUID, int]) -> list[Difference]:
    """Every 202 counted exactly once with a content that was sent, nothing counted that nobody sent, contradictions recorded."""
    found: list[Difference] = []
    times = Counter(event.key for event in events)
    found += [Difference(f"counted {n} times", key) for key, n in times.items() if n > 1]
    found += [Difference("acknowledged and not counted", key) for key, _ in books.certain() if key not in times]
    for event in events:
        entry = books.entries.get(event.key)
        if entry is None:
            found.append(Difference("counted, and nobody sent it", event.key))
        elif problem := _judge(entry, event, conflicts.get(event.event_id, 0)):
            found.append(Difference(problem, event.key))
    return found


def _judge(entry: Entry, event: StoredEvent, conflicts: int) -> str | None:
    if entry.refusal is not None and not entry.acknowledged:
        return f"counted, although refused with {entry.refusal}"
    counted = Content(
        event.metric, event.customer_id, event.amount, event.occurred_at, tuple(sorted(event.properties.items()))
    )
    if counted not in entry.contents:
        return f"counted as {counted}, which nobody sent"
    if entry.acknowledged and entry.first_came_first and counted != entry.contents[0]:
        return "counted with a later content than the first"
    # One content of each key counts; the others that were acknowledged are contradictions, each recorded once.
    contradicted = len(set(entry.acknowledged) - {counted})
    if not contradicted <= conflicts <= len(entry.contents) - 1:
        return f"{conflicts} contradictions recorded, {contradicted} acknowledged of {len(entry.contents)} contents"
    return None


def compare_windows(
    expected: Mapping[WindowKey, Window], found: Mapping[WindowKey, Mapping[str, Any]], whose: str
) -> list[Difference]:
    """The windows of one schema are what the raw events amount to."""
    wrong = [Difference(f"{whose}: a window of events is missing", str(key)) for key in expected if key not in found]
    for key, row in found.items():
        window = expected.get(key, Window())
        if unequal := differences(window.columns(), row):
            wrong.append(Difference(f"{whose}: {'; '.join(unequal)}", str(key)))
    return wrong


def compare_points(expected: Mapping[WindowKey, int], found: Mapping[WindowKey, int], whose: str) -> list[Difference]:
    """The distinct values of UNIQUE metrics in one schema are those of the raw events."""
    return [
        Difference(f"{whose}: {found.get(key, 0)} distinct values instead of {expected.get(key, 0)}", str(key))
        for key in expected.keys() | found.keys()
        if expected.get(key, 0) != found.get(key, 0)
    ]


def compare_accounts(
    accounts: Iterable[Account], ends: Mapping[int, int], applied: Mapping[int, int], keys: int
) -> list[Difference]:
    """Every offset has one outcome, up to the log's end; what was counted is stored; every stored event has its key."""
    wrong = []
    stored = 0
    for account in accounts:
        at = f"partition {account.partition}"
        stored += account.stored
        if sum(account.parts.values()) != account.expected:
            wrong.append(Difference(f"the account {dict(account.parts)} does not make {account.expected}", at))
        if account.parts["counted"] != account.stored:
            wrong.append(Difference(f"{account.parts['counted']} counted, {account.stored} stored", at))
        if account.parts["quarantined"] or account.parts["skipped"]:
            wrong.append(Difference(f"quarantined or skipped: {dict(account.parts)}", at))
        if not account.expected == ends[account.partition] == applied[account.partition]:
            reached = f"counted to {account.expected}, applied to {applied[account.partition]}"
            wrong.append(Difference(f"{reached}, the log ends at {ends[account.partition]}", at))
    if stored != keys:
        wrong.append(Difference(f"{keys} keys for {stored} events", "event_keys"))
    return wrong


def compare_total(metric: Metric, events: Sequence[StoredEvent], told: Mapping[str, Any]) -> str | None:
    """What the API tells of a metric and customer, beside what their events amount to."""
    if told["eventCount"] != len(events):
        return f"{told['eventCount']} events told, {len(events)} counted"
    if metric.aggregation in _NOT_OF_ALL:
        return None
    aggregation: Aggregation = metric.aggregation  # type: ignore[assignment]  # the storm's own metrics name one
    state = EMPTY
    for event in events:
        state = add_event(aggregation, state, value_of_event(metric, event), event.occurred_at, event.event_id)
    value = value_of(aggregation, state)
    if (None if told["value"] is None else Decimal(told["value"])) != value:
        return f"{told['value']} told instead of {value}"
    return None


def name_some(found: Sequence[Difference]) -> list[str]:
    """Lines for people: every kind of difference with some of its keys."""
    kinds: dict[str, list[str]] = {}
    for each in found:
        kinds.setdefault(each.what, []).append(each.where)
    lines = [
        f"{what}: {len(where)} ({', '.join(where[:_NAMED_MAX])}{', …' if len(where) > _NAMED_MAX else ''})"
        for what, where in kinds.items()
    ]
    return [*lines[:_NAMED_MAX], *([f"and {len(lines) - _NAMED_MAX} more kinds"] if len(lines) > _NAMED_MAX else [])]
