"""/api/test-clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, RequestModel, ResponseModel, public
from usageflow_invoicer.routes.parts import InvoiceReader, InvoiceWriter, Parts, settle
from usageflow_invoicer.service import clocks as service
from usageflow_invoicer.service.clocks import ClockState

router: Final = APIRouter(route_class=ExactRoute)


class AdvanceInput(RequestModel):
    """Where the clock is to be."""

    to: Instant


class ClockBody(ResponseModel):
    """The organization's time; `target` is null once it is there; `runIds` are the billing runs made on the way."""

    now: Instant
    target: Instant | None
    run_ids: list[Annotated[UUID, public(Prefix.BILLING_RUN)]]


@router.get("/api/test-clock", response_model=ClockBody)
async def get_clock(caller: InvoiceReader, parts: Parts) -> Response:
    """The organization's time: in a live one that is everybody's."""
    state = await service.read_state(parts.engine, caller.org_id, parts.clock.wall())
    return json_response(_body(state))


@router.post("/api/test-clock/advance", response_model=ClockBody)
async def advance(body: AdvanceInput, caller: InvoiceWriter, parts: Parts) -> Response:
    """Move the clock of a test organization, with a stop at everything that falls due. Waits; 202 when it takes longer."""
    organization = await parts.organizations.get(caller.org_id)
    answer = await service.advance(parts.engine, caller, organization, body.to, parts.clock.wall())
    state = await settle(
        lambda: service.read_state(parts.engine, caller.org_id, parts.clock.wall()),
        lambda found: found.target_at is None,
    )
    shown = _body(state).model_dump(mode="json", by_alias=True)
    return answer_response(replace(answer, status=200 if state.target_at is None else 202, body=shown))


def _body(state: ClockState) -> ClockBody:
    return ClockBody(now=state.now, target=state.target_at, run_ids=list(state.run_ids))
