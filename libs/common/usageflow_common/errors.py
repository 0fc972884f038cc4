"""Expected failures. Each carries the HTTP status and the stable code that a caller sees; http.py turns them into problem+json.

The codes and their meanings are those of the API's list of errors. `detail` never holds a secret or an internal message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is not valid. `field` is a JSON pointer into the body, or `query.limit`, `header.If-Match`, `path.id`."""

    field: str
    code: str
    detail: str


class UsageflowError(Exception):
    """A failure that a caller can act on."""

    status: ClassVar[int] = 500
    code: str = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, object] | None = None,
    ) -> None:
        """`extensions` become further members of the problem (camelCase names)."""
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})


class MalformedRequest(UsageflowError):
    """Body, header or encoding cannot be read."""

    status = 400
    code = "malformed_request"
    title = "The request cannot be read"


class InvalidCursor(MalformedRequest):
    """The cursor is forged, or belongs to other filters."""

    code = "invalid_cursor"
    title = "The cursor is not valid"


class IdempotencyKeyRequired(MalformedRequest):
    """A state-changing POST came without Idempotency-Key."""

    code = "idempotency_key_required"
    title = "An Idempotency-Key is required"


class IdempotencyKeyInvalid(MalformedRequest):
    """Not 1..255 printable ASCII characters."""

    code = "idempotency_key_invalid"
    title = "The Idempotency-Key is not valid"


class Unauthenticated(UsageflowError):
    """No, unknown, expired or revoked credentials: one answer for all."""

    status = 401
    code = "unauthenticated"
    title = "Credentials are missing or not valid"

    def __init__(self, detail: str = "Send a valid API key as a bearer token.") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class InsufficientScope(UsageflowError):
    """Role or key lacks the scope."""

    status = 403
    code = "insufficient_scope"
    title = "The caller may not do this"

    def __init__(self, required_scope: str) -> None:
        super().__init__(f"This needs the scope {required_scope}.", extensions={"requiredScope": required_scope})


class NotFound(UsageflowError):
    """No such route or object here; another tenant's objects too."""

    status = 404
    code = "not_found"
    title = "Not found"

    def __init__(self, detail: str = "There is no such resource.") -> None:
        super().__init__(detail)


class MethodNotAllowed(UsageflowError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"


class Conflict(UsageflowError):
    """Not possible beside what exists: `already_exists`, `in_use`, `metric_already_charged`, …"""

    status = 409
    code = "already_exists"
    title = "This conflicts with what exists"


class StateConflict(Conflict):
    """Not possible in this state."""

    code = "state_conflict"
    title = "Not possible in this state"

    def __init__(self, detail: str, current_status: str) -> None:
        super().__init__(detail, extensions={"currentStatus": current_status})


class IdempotencyKeyInUse(Conflict):
    """The first request with this key is still running."""

    code = "idempotency_key_in_use"
    title = "The first request with this key is still running"

    def __init__(self) -> None:
        super().__init__("Repeat the request in a second.", headers={"Retry-After": "1"})


class PreconditionFailed(UsageflowError):
    """If-Match names another version."""

    status = 412
    code = "precondition_failed"
    title = "The resource has changed"


class PreconditionRequired(UsageflowError):
    """If-Match is required here."""

    status = 428
    code = "precondition_required"
    title = "If-Match is required"


class BodyTooLarge(UsageflowError):
    """Over the limit, after decompression."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(UsageflowError):
    """Not a content type or encoding of this route."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class ValidationFailed(UsageflowError):
    """The request can be read and is not valid; `errors` names each field, `code` may be more special."""

    status = 422
    code = "validation_failed"
    title = "The request is not valid"

    @classmethod
    def of(cls, *errors: FieldError) -> ValidationFailed:
        """The problem that lists these fields."""
        count = "1 field is" if len(errors) == 1 else f"{len(errors)} fields are"
        return cls(f"{count} not valid.", errors=errors)


class IdempotencyKeyReused(ValidationFailed):
    """The same key came with another request before."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for another request"


class Unavailable(UsageflowError):
    """Kafka, PostgreSQL or a service is away. The outcome is unknown: retry with the same key."""

    status = 503
    code = "unavailable"
    title = "Not available right now"

    def __init__(
        self,
        detail: str,
        *,
        retry_after_seconds: int = 1,
        code: str | None = None,
        extensions: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail, code=code, headers={"Retry-After": str(retry_after_seconds)}, extensions=extensions)


class Overloaded(Unavailable):
    """A bounded queue is full."""

    code = "overloaded"
    title = "Too much at once"


class DeadlineExceeded(UsageflowError):
    """Our own deadline passed. The outcome is unknown."""

    status = 504
    code = "timeout"
    title = "This took too long"
