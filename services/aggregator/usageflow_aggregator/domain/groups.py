"""Which groups are kept apart: the first of each customer, metric and shard up to the cap, in the order of the log. Pure.

Admission is for ever, and so is refusal, since nothing is ever taken out: an event that leaves is looked for where it was counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple
from uuid import UUID

from usageflow_aggregator.domain.definition import NO_GROUP, Contribution
from usageflow_aggregator.domain.fold import Effect, PlaceGroup
from usageflow_aggregator.domain.reading import Usage


class Holder(NamedTuple):
    """Whose groups they are; ids as their integers, which are quicker to compare."""

    org: int
    metric: int
    customer_id: str


GroupName = tuple[Holder, str]
"""A holder, and the key of one of its groups."""


def wanted_groups(usages: Iterable[Usage], effects: Iterable[Effect]) -> dict[GroupName, bool]:
    """The groups that a batch meets, in the order of the log; True: an event comes under it, so that it may be admitted."""
    met = [
        (usage.offset, _name(usage.event.org_id, usage.event.customer_id, contribution), True)
        for usage in usages
        for contribution in usage.contributions
        if _asks(contribution)
    ]
    met += [
        (effect.offset, _name(effect.org_id, effect.customer_id, contribution), effect.sign > 0)
        for effect in effects
        for contribution in effect.contributions
        if _asks(contribution)
    ]
    met.sort(key=lambda each: each[0])
    wanted: dict[GroupName, bool] = {}
    for _, name, comes in met:
        wanted[name] = wanted.get(name, False) or comes
    return wanted


def admit_groups(wanted: Sequence[GroupName], counts: Mapping[Holder, int], most: int) -> list[GroupName]:
    """Of groups that are not there yet, in the order of the log: those that fit below the cap."""
    room = {holder: most - count for holder, count in counts.items()}
    admitted = []
    for name in wanted:
        left = room.get(name[0], most)
        if left > 0:
            room[name[0]] = left - 1
            admitted.append(name)
    return admitted


def placing(admitted: Set[GroupName]) -> PlaceGroup:
    """Where contributions are counted: under their own groups if these are admitted."""

    def place(org_id: UUID, customer_id: str, contribution: Contribution) -> str:
        name = _name(org_id, customer_id, contribution)
        return contribution.group if name in admitted else contribution.definition.other

    return place


def _asks(contribution: Contribution) -> bool:
    # The other group needs no admission.
    return contribution.group not in {NO_GROUP, contribution.definition.other}


def _name(org_id: UUID, customer_id: str, contribution: Contribution) -> GroupName:
    return Holder(org_id.int, contribution.definition.metric_id.int, customer_id), contribution.group
