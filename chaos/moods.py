"""How the storm's receivers behave: what each answers to one request after the other. Pure: the same seed, the same turns."""

from __future__ import annotations

from random import Random
from typing import Final, Literal

Mood = Literal["fine", "broken", "busy", "hanging", "resetting", "gone"]
"""204; 500; 503 with a wish for a second's rest; no answer; a reset; 410."""

STEADY: Final = "/steady"
FLAPPING: Final = ("/flapping-1", "/flapping-2")
DOWN: Final = "/down"
GONE: Final = "/gone"
PATHS: Final = (STEADY, *FLAPPING, DOWN, GONE)

_FLAPS: Final[tuple[Mood, ...]] = ("broken", "hanging", "resetting", "busy", "fine", "fine")
_OUTAGE: Final[tuple[Mood, ...]] = ("resetting", "broken", "busy")
_FINE_BEFORE_GONE: Final = 3


class Moods:
    """One receiver's turns. `calm`: from now on it is fine, unless it is gone for good."""

    def __init__(self, seed: int, path: str) -> None:
        self._chance = Random(f"{seed}{path}")  # noqa: S311 -- a seed to replay, not secrecy
        self._path = path
        self._asked = 0
        self._turns: list[Mood] = []
        self._calm = False

    def calm(self) -> None:
        """The storm is over."""
        self._calm = True

    def next(self) -> Mood:
        """What the next request gets: everything in each round of a flapping one, in another order."""
        self._asked += 1
        if self._path == GONE:
            return "fine" if self._asked <= _FINE_BEFORE_GONE else "gone"
        if self._calm or self._path == STEADY:
            return "fine"
        if not self._turns:
            self._turns = list(_OUTAGE if self._path == DOWN else _FLAPS)
            self._chance.shuffle(self._turns)
        return self._turns.pop()
