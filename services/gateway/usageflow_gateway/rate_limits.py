"""The rates of callers and organizations, at the door; what is left is told in every answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from usageflow_common.tokens import Caller
from usageflow_gateway.domain.errors import RateLimited
from usageflow_gateway.domain.headers import Header
from usageflow_gateway.domain.routing import Route
from usageflow_gateway.token_buckets import RateLimiter, Taken

ORGANIZATION_FACTOR: Final = 10


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a second of one key or session; an organization has tenfold."""

    api: int
    track: int


@dataclass(slots=True)
class RateGate:
    """`now` is a clock that never goes back, `replicas` how many gateways share the limits."""

    rates: Rates
    now: Callable[[], float]
    replicas: Callable[[], int]
    limiter: RateLimiter = field(default_factory=RateLimiter)

    def take(self, caller: Caller, route: Route) -> tuple[Header, ...]:
        """The headers of the answer. RateLimited when the caller, or the organization, has had its share."""
        policy, rate = ("track", self.rates.track) if route.takes_events else ("api", self.rates.api)
        now, replicas = self.now(), self.replicas()
        organization = (policy, caller.org_id)
        whole = self.limiter.take(organization, rate * ORGANIZATION_FACTOR, now, replicas=replicas)
        if whole.refused:
            raise _limited(policy, rate * ORGANIZATION_FACTOR, whole)
        own = self.limiter.take((policy, caller.actor.id), rate, now, replicas=replicas)
        if own.refused:
            self.limiter.give_back(organization)
            raise _limited(policy, rate, own)
        return headers_of(policy, rate, own)


def headers_of(policy: str, rate: int, taken: Taken) -> tuple[Header, ...]:
    """The policy, and what is left of it now."""
    seconds = max(1, math.ceil(taken.wait_seconds))
    return (
        (b"ratelimit-policy", b'"%b";q=%d;w=1' % (policy.encode(), rate)),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (policy.encode(), taken.remaining, seconds)),
    )


def _limited(policy: str, rate: int, taken: Taken) -> RateLimited:
    told = {name.decode(): value.decode() for name, value in headers_of(policy, rate, taken)}
    seconds = str(max(1, math.ceil(taken.wait_seconds)))
    return RateLimited(f"At most {rate} requests a second.", headers={"Retry-After": seconds, **told})
