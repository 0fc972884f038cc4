"""The HTTP API as a command sees it: one key, one address, a fresh Idempotency-Key for each mutation, problems as exceptions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import uuid4

import httpx

ATTEMPTS_MAX = 6
RETRIED_STATUSES = frozenset({409, 429, 503})
WRONG_USE: Final = 2
NOT_REACHABLE: Final = 3


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the gateway is and who is asking."""

    url: str
    api_key: str


class Misused(Exception):
    """The command cannot be carried out as it was given: an address, a key or an option that cannot be right."""

    exit_code: Final = WRONG_USE


class Unreachable(Exception):
    """Nothing answers at the address."""

    exit_code: Final = NOT_REACHABLE


class Refused(Exception):
    """The API answered with a problem: of the command's making, or of its own (5xx, 429)."""

    def __init__(self, response: httpx.Response) -> None:
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        problem = problem if isinstance(problem, dict) else {}
        self.exit_code = NOT_REACHABLE if response.status_code >= 500 or response.status_code == 429 else WRONG_USE
        self.status = response.status_code
        self.code: str = problem.get("code", "unknown")
        fields = "; ".join(f"{error['field']}: {error['detail']}" for error in problem.get("errors", []))
        detail = problem.get("detail", response.text[:200])
        super().__init__(
            f"{response.request.method} {response.request.url.path}: {self.status} {self.code}: {detail} {fields}".rstrip()
        )


class Api:
    """A client for commands. Mutations repeat with the same key while the outcome is unknown, so they happen once."""

    def __init__(self, connection: Connection, *, timeout_seconds: float = 35.0) -> None:
        headers = {"Authorization": f"Bearer {connection.api_key}"}
        try:
            self._http = httpx.Client(
                base_url=connection.url, headers=headers, timeout=timeout_seconds, trust_env=False
            )
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            raise Misused("USAGEFLOW_URL or USAGEFLOW_API_KEY cannot be right.") from error
        if self._http.base_url.scheme not in {"http", "https"}:
            raise Misused("USAGEFLOW_URL begins with http:// or https://")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: str) -> Any:
        """The JSON at `path`."""
        return self._send("GET", path, params=query).json()

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Any:
        """Do something once; the answer's JSON."""
        return self._send("POST", path, json=body, headers={"Idempotency-Key": key or str(uuid4())}).json()

    def post_raw(self, path: str, content: bytes, content_type: str, *, key: str | None = None) -> Any:
        """Post a body of another type."""
        headers = {"Content-Type": content_type, **({"Idempotency-Key": key} if key else {})}
        return self._send("POST", path, content=content, headers=headers).json()

    def put(self, path: str, body: Mapping[str, Any], *, version: int) -> Any:
        """Put something in the place of what is there, of which this version was seen; the answer's JSON."""
        headers = {"Idempotency-Key": str(uuid4()), "If-Match": f'"{version}"'}
        return self._send("PUT", path, json=body, headers=headers).json()

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change what is named; the answer's JSON."""
        return self._send("PATCH", path, json=body, headers={"Idempotency-Key": str(uuid4())}).json()

    def delete(self, path: str) -> None:
        """Delete the resource at `path`."""
        self._send("DELETE", path, headers={"Idempotency-Key": str(uuid4())})

    def pages(self, path: str, **query: str) -> Iterator[Any]:
        """Every row of a list."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["data"]
            cursor = page["nextCursor"]
            if cursor is None:
                return

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                response = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS_MAX:
                    raise Unreachable(f"Nothing answers at {self._http.base_url}: {error}") from error
                time.sleep(0.2 * 2**attempt)
                continue
            if response.is_success:
                return response
            if (
                response.status_code not in RETRIED_STATUSES
                or "retry-after" not in response.headers
                or attempt == ATTEMPTS_MAX
            ):
                raise Refused(response)
            time.sleep(min(5.0, int(response.headers["retry-after"])))
        raise AssertionError
