"""The tenant's side of the API: mutations that are repeated with their key until their outcome is known."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

_AGAIN: Final = frozenset({409, 429, 502, 503, 504})
_PAUSE_SECONDS: Final = 0.25
_REQUEST_SECONDS: Final = 40.0


class StormFailed(Exception):
    """The storm itself cannot go on, or the system does not come to rest: that is a failure like any difference."""


class Api:
    """The organization's API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def post(self, path: str, body: Any, *, seconds: float = 90.0, key: str | None = None) -> Any:
        """One mutation, under a key of its own or the given one. StormFailed when it is refused, or has no outcome in time."""
        headers = {"Idempotency-Key": key or secrets.token_hex(12)}
        return await self._insist(lambda: self._http.post(path, json=body, headers=headers), path, seconds)

    async def get(self, path: str, query: Mapping[str, str] | None = None, *, seconds: float = 90.0) -> Any:
        """The JSON at `path`."""
        return await self._insist(lambda: self._http.get(path, params=dict(query or {})), path, seconds)

    async def _insist(self, ask: Callable[[], Awaitable[httpx.Response]], path: str, seconds: float) -> Any:
        last = "no answer"
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        response = await ask()
                    except httpx.TransportError as error:
                        last = repr(error)
                    else:
                        last = f"{response.status_code} {response.text[:300]}"
                        if response.is_success:
                            return response.json()
                        if response.status_code not in _AGAIN:
                            raise StormFailed(f"{path}: {last}")
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError:
            raise StormFailed(f"{path} had no outcome within {seconds:.0f} s: {last}") from None


@asynccontextmanager
async def open_api(url: str, api_key: str) -> AsyncIterator[Api]:
    """A session of the organization."""
    headers = {"Authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_REQUEST_SECONDS, trust_env=False) as http:
        yield Api(http)


async def until(what: str, ask: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Ask until it holds; StormFailed when that takes too long. What breaks meanwhile is asked again."""
    why = ""
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if await ask():
                        return
                except (OSError, httpx.TransportError) as error:
                    why = repr(error)
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError:
        raise StormFailed(f"{what} did not happen within {seconds:.0f} s {why}") from None
