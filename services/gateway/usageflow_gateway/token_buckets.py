"""Rates as token buckets: so many requests a second, with one second's worth at once. Pure.

Replicas share a limit by dividing it. A caller whose requests all go to one of N replicas gets 1/N of it, and nobody ever more than all of it
(but for the seconds in which a replica comes or goes).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

_BUCKETS_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left. `wait_seconds` above 0: it was not taken, and may be tried again then."""

    limit: int
    remaining: int
    wait_seconds: float = 0.0

    @property
    def refused(self) -> bool:
        """Whether it was too much."""
        return self.wait_seconds > 0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class RateLimiter:
    """Buckets by whoever they are of. The ones that were not used for longest are forgotten: they are full by then."""

    buckets: OrderedDict[Hashable, _Bucket] = field(default_factory=OrderedDict)

    def take(self, who: Hashable, per_second: int, now: float, *, replicas: int = 1) -> Taken:
        """One request more at this instant, in seconds of a clock that never goes back."""
        share = max(1.0, per_second / max(1, replicas))
        bucket = self.buckets.get(who)
        if bucket is None:
            bucket = self.buckets[who] = _Bucket(share, now)
            if len(self.buckets) > _BUCKETS_MAX:
                self.buckets.popitem(last=False)
        else:
            self.buckets.move_to_end(who)
            bucket.tokens = min(share, bucket.tokens + (now - bucket.at) * share)
            bucket.at = now
        if bucket.tokens < 1:
            return Taken(per_second, 0, (1 - bucket.tokens) / share)
        bucket.tokens -= 1
        return Taken(per_second, math.floor(bucket.tokens))

    def give_back(self, who: Hashable) -> None:
        """It was not used after all."""
        bucket = self.buckets.get(who)
        if bucket is not None:
            bucket.tokens += 1
