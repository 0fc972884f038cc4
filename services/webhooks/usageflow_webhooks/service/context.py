"""What the use cases of the HTTP side need, put together once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.clock import Clock
from usageflow_common.wire import Cursors
from usageflow_webhooks.resolver import Resolver
from usageflow_webhooks.vault import Vault


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The parts of one process."""

    engine: AsyncEngine
    clock: Clock
    vault: Vault
    resolver: Resolver
    cursors: Cursors
