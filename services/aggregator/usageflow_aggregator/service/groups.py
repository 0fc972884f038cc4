"""Which groups a batch is counted under: admitted in its transaction, and remembered when that has been committed."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from usageflow_aggregator.domain.groups import GroupName, admit_groups
from usageflow_aggregator.store import groups
from usageflow_common import metering
from usageflow_common.database import Transaction

_REMEMBERED_MAX: Final = 50_000


@dataclass(slots=True)
class AdmittedGroups:
    """What this process knows to be admitted, by shard and generation (a restore, which raises it, may have taken groups back)."""

    groups_max: int = metering.GROUPS_MAX
    _known: dict[tuple[int, int], set[GroupName]] = field(default_factory=dict)

    def known(self, shard: int, generation: int) -> set[GroupName]:
        """Groups that are admitted for certain; others may be as well."""
        return self._known.get((shard, generation), set())

    def learn(self, shard: int, generation: int, admitted: set[GroupName]) -> None:
        """Only what has been committed. Forgets everything now and then, which costs a look-up."""
        if sum(len(names) for names in self._known.values()) + len(admitted) > _REMEMBERED_MAX:
            self._known.clear()
        if len(admitted) <= _REMEMBERED_MAX:
            self._known.setdefault((shard, generation), set()).update(admitted)


async def settle_groups(
    tx: Transaction, shard: int, wanted: Mapping[GroupName, bool], known: Set[GroupName], groups_max: int
) -> set[GroupName]:
    """All groups of the batch (`wanted`) that are admitted, those included that are from now on. `known`: admitted for certain."""
    if not wanted:
        return set()
    there = known & wanted.keys()
    unknown = [name for name in wanted if name not in there]
    if unknown:
        there |= await groups.find_groups(tx, shard, unknown)
    new = [name for name in unknown if name not in there and wanted[name]]
    if new:
        counts = await groups.count_groups(tx, shard, (holder for holder, _ in new))
        added = admit_groups(new, counts, groups_max)
        await groups.insert_groups(tx, shard, added)
        there |= set(added)
    return there
