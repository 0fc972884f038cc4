"""Which backfills take events right now: the aggregator is asked, and its answer is believed for a second.

A backfill that is closed so takes no further request after a second; streams that have begun go on to their end, as requests in flight do.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import OrderedDict
from typing import Final
from uuid import UUID

import msgspec

from usageflow_common.errors import NotFound, StateConflict, Unavailable
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.logs import get_logger
from usageflow_common.tokens import BackfillGrant, Caller
from usageflow_gateway.domain.routing import Service
from usageflow_gateway.questions import Questions

BELIEVED_SECONDS: Final = 1.0
_REMEMBERED_MAX: Final = 1_024

_log = get_logger(__name__)


class _Grant(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    id: UUID
    from_: str
    to: str


class _Problem(msgspec.Struct, frozen=True, rename="camel"):
    code: str
    current_status: str | None = None


_GRANT: Final = msgspec.json.Decoder(_Grant)
_PROBLEM: Final = msgspec.json.Decoder(_Problem)


class OpenBackfills:
    """Asks the aggregator, as the caller whose events wait."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._believed: OrderedDict[tuple[UUID, UUID], tuple[BackfillGrant, float]] = OrderedDict()

    async def granted(self, caller: Caller, backfill_id: str, request_id: str) -> Caller:
        """The caller, whose token will open this backfill at ingest.

        NotFound when the organization has no such backfill, StateConflict when it takes no more events, Unavailable when nobody can say.
        """
        named = parse_public_id(Prefix.BACKFILL, backfill_id)
        if named is None:
            raise NotFound
        now = asyncio.get_running_loop().time()
        grant, until = self._believed.get((caller.org_id, named), (None, now))
        if grant is None or until <= now:
            grant = await self._ask(caller, named, request_id)
            self._believe((caller.org_id, named), grant, now + BELIEVED_SECONDS)
        return dataclasses.replace(caller, backfill=grant)

    def _believe(self, key: tuple[UUID, UUID], grant: BackfillGrant, until: float) -> None:
        """Only that it is open: a refusal is asked for again. `until` counts from before the question."""
        self._believed.pop(key, None)
        self._believed[key] = grant, until
        if len(self._believed) > _REMEMBERED_MAX:
            self._believed.popitem(last=False)

    async def _ask(self, caller: Caller, backfill_id: UUID, request_id: str) -> BackfillGrant:
        status, body = await self._questions.ask(
            caller, Service.AGGREGATOR, f"/internal/backfills/{backfill_id}", request_id
        )
        try:
            return _grant(status, body)
        except msgspec.MsgspecError as error:
            raise Unavailable("The aggregator service could not be understood.") from error


def _grant(status: int, body: bytes) -> BackfillGrant:
    match status:
        case 200:
            found = _GRANT.decode(body)
            return BackfillGrant(found.id, found.from_, found.to)
        case 404:
            raise NotFound
        case 409:
            current = _PROBLEM.decode(body).current_status or "closed"
            raise StateConflict("The backfill takes no more events.", current)
        case _:
            _log.error("backfill_not_told", status=status)
            raise Unavailable("The aggregator service could not say whether the backfill is open.")
