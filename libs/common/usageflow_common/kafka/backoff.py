"""Growing pauses between attempts."""

from __future__ import annotations

import asyncio
from typing import Final

_FIRST_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 5.0


class Backoff:
    """Each pause is twice as long as the one before, from 0.1 to 5 seconds, until a success resets it."""

    def __init__(self) -> None:
        self._next_seconds = _FIRST_SECONDS

    def reset(self) -> None:
        """It worked: the next pause is short again."""
        self._next_seconds = _FIRST_SECONDS

    async def pause(self) -> None:
        """Wait for the present pause."""
        seconds, self._next_seconds = self._next_seconds, min(self._next_seconds * 2, _LONGEST_SECONDS)
        await asyncio.sleep(seconds)
