"""Waiting for a condition, instead of for a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

R = TypeVar("R")
_POLL_SECONDS: Final = 0.02


async def eventually(predicate: Callable[[], Awaitable[R] | R], timeout_seconds: float = 15.0) -> R:
    """What `predicate` (a function or a coroutine function) returns as soon as it is true; AssertionError when it never is."""
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                answer = predicate()
                value: R = await answer if inspect.isawaitable(answer) else answer
                if value:
                    return value
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise AssertionError(f"{predicate!r} did not become true within {timeout_seconds} s.") from None
