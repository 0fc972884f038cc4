"""Every usable key in memory, by the hash of its secret: loaded whole, then followed by what changes.

A look covers everything that had committed before it began, so a key that is revoked is refused POLL_SECONDS later, and whoever asks
can see how old the last complete look is.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.logs import get_logger
from usageflow_common.metrics import KEYS_LOOKED_AT
from usageflow_gateway.domain.api_keys import ApiKey
from usageflow_gateway.service import keys as service

POLL_SECONDS: Final = 0.25
_LOOK_SECONDS_MAX: Final = 5.0
_LOAD_SECONDS_MAX: Final = 25.0

_log = get_logger(__name__)


class KeyFeed:
    """Look-ups are plain dictionary reads; `run` is the task that keeps them right."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._keys: dict[bytes, ApiKey] = {}
        self._looked_at = -math.inf
        self._looked = asyncio.Event()

    @property
    def age_seconds(self) -> float:
        """Seconds since the last complete look began; infinite before the first."""
        return asyncio.get_running_loop().time() - self._looked_at

    async def fresh_within(self, age_seconds: float, *, patience_seconds: float) -> bool:
        """Whether the last look is young enough, or becomes so within the patience: a busy moment is not an outage."""
        if self.age_seconds <= age_seconds:
            return True
        try:
            async with asyncio.timeout(patience_seconds):
                while self.age_seconds > age_seconds:
                    await self._looked.wait()
        except TimeoutError:
            return False
        return True

    def find(self, hashes: Sequence[bytes]) -> ApiKey | None:
        """The key, if it could be used when the feed last looked. Expiry is for the caller to judge."""
        for secret_hash in hashes:
            key = self._keys.get(secret_hash)
            if key is not None:
                return key
        return None

    async def run(self) -> None:
        """Until cancelled. While PostgreSQL is away the last state stays; afterwards everything is read anew."""
        while True:
            try:
                await self._load_and_follow()
            except Exception as error:  # noqa: BLE001 -- whatever stops a look, the next one must come; the age tells
                _log.warning("key_feed_interrupted", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)

    async def _load_and_follow(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(_LOAD_SECONDS_MAX):
            snapshot = await service.load_keys(self._engine)
        self._keys = {key.secret_hash: key for key in snapshot.keys}
        self._note_look(began)
        while True:
            await asyncio.sleep(POLL_SECONDS)
            began = loop.time()
            async with asyncio.timeout(_LOOK_SECONDS_MAX):
                snapshot = await service.follow_keys(self._engine, snapshot.read_at)
            for key in snapshot.keys:
                if key.usable:
                    self._keys[key.secret_hash] = key
                else:
                    self._keys.pop(key.secret_hash, None)
            self._note_look(began)

    def _note_look(self, began: float) -> None:
        self._looked_at = began
        KEYS_LOOKED_AT.set_to_current_time()
        looked, self._looked = self._looked, asyncio.Event()
        looked.set()
