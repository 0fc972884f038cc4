"""Who is asking, from the bearer token alone."""

# Annotations are evaluated here: FastAPI cannot resolve the strings of a callable object.
from dataclasses import dataclass, replace

from starlette.requests import Request

from usageflow_common.errors import IdempotencyKeyInvalid, InsufficientScope, Unauthenticated
from usageflow_common.idempotency_keys import InvalidKey, read_key
from usageflow_common.tokens import Caller, TokenVerifier


def authenticated(request: Request) -> Caller:
    """The caller of a verified token; Unauthenticated otherwise. For plain routes; FastAPI routes use `caller_with`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    verifier: TokenVerifier | None = request.app.state.verifier
    if verifier is None or scheme.lower() != "bearer":
        raise Unauthenticated("Send a valid token.")
    caller = verifier.verify(token.strip())
    key = read_key(request.headers.getlist("idempotency-key"))
    if key is None:
        return caller
    if isinstance(key, InvalidKey):
        raise IdempotencyKeyInvalid("1 to 255 printable ASCII characters.")
    return replace(caller, idempotency_key=key)


@dataclass(frozen=True, slots=True)
class CallerWith:
    """A dependency: the caller, who holds all `scopes`. The service's document shows them as `x-required-scope`."""

    scopes: tuple[str, ...]

    async def __call__(self, request: Request) -> Caller:
        """InsufficientScope names the first scope that is missing."""
        caller = authenticated(request)
        for scope in self.scopes:
            if not caller.may(scope):
                raise InsufficientScope(scope)
        return caller


def caller_with(*scopes: str) -> CallerWith:
    """A dependency: the caller, who holds all `scopes`; InsufficientScope otherwise."""
    return CallerWith(scopes)
