"""Who may still enter the funnel. Pure: bounded by messages and bytes, and nobody may fill more than a quarter of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

_SHARE: Final = 4


@dataclass(frozen=True, slots=True)
class Load:
    """An amount of messages and the bytes of their keys and values."""

    messages: int
    bytes: int

    def __add__(self, other: Load) -> Self:
        """Together."""
        return type(self)(self.messages + other.messages, self.bytes + other.bytes)

    def __sub__(self, other: Load) -> Self:
        """Without."""
        return type(self)(self.messages - other.messages, self.bytes - other.bytes)

    def fits(self, capacity: Load) -> bool:
        """Whether neither is exceeded."""
        return self.messages <= capacity.messages and self.bytes <= capacity.bytes


EMPTY: Final = Load(0, 0)


class Admission:
    """What is inside, in all and by organization."""

    def __init__(self, capacity: Load) -> None:
        self._capacity = capacity
        self._share = Load(capacity.messages // _SHARE, capacity.bytes // _SHARE)
        self._by_organization: dict[UUID, Load] = {}
        self.inside = EMPTY

    def admit(self, org_id: UUID, load: Load) -> bool:
        """Enter, if there is room for all of it."""
        inside, own = self.inside + load, self._by_organization.get(org_id, EMPTY) + load
        if not (inside.fits(self._capacity) and own.fits(self._share)):
            return False
        self.inside = inside
        self._by_organization[org_id] = own
        return True

    def leave(self, org_id: UUID, load: Load) -> None:
        """Leave with what was admitted, or a part of it."""
        self.inside -= load
        own = self._by_organization[org_id] - load
        if own == EMPTY:
            del self._by_organization[org_id]  # bounded by what is inside, not by who ever came
        else:
            self._by_organization[org_id] = own
