"""/api/billing-runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.http import ExactRoute, answer_response, json_response
from usageflow_common.ids import Prefix
from usageflow_common.operations import Answer
from usageflow_common.tokens import Caller
from usageflow_invoicer.routes.parts import Invoicer, InvoiceReader, InvoiceWriter, Parts, id_in_path, page_of, settle
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.schemas.runs import RunBody, RunCreate, RunList, run_body
from usageflow_invoicer.service import runs as service
from usageflow_invoicer.service.runs import RunState

router: Final = APIRouter(route_class=ExactRoute)


@router.get("/api/billing-runs", response_model=RunList)
async def list_runs(caller: InvoiceReader, parts: Parts, query: Annotated[ListQuery, Query()]) -> Response:
    """Runs, newest first."""
    page, filters = page_of(parts, query)
    rows = await service.list_runs(parts.engine, caller.org_id, page)
    position = (instant_text(rows[-1].run.created_at), str(rows[-1].run.run_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(RunList(data=[_body(row) for row in rows], next_cursor=cursor))


@router.post("/api/billing-runs", response_model=RunBody)
async def create_run(body: RunCreate, caller: InvoiceWriter, parts: Parts) -> Response:
    """Close what is due now. Waits for the end; 202 when it takes longer."""
    organization = await parts.organizations.get(caller.org_id)
    now, wall = parts.clock.now(caller.org_id), parts.clock.wall()
    occasion = service.Occasion(organization, now, wall, parts.partitions)
    return await answer_with_run(parts, caller, await service.create_run(parts.engine, caller, body, occasion))


async def answer_with_run(parts: Invoicer, caller: Caller, answer: Answer) -> Response:
    """The run whose place the answer names, as it is when it has ended or the wait is over."""
    run_id = id_in_path(Prefix.BILLING_RUN, (answer.location or "").rpartition("/")[2])
    state = await settle(lambda: service.read_run(parts.engine, caller.org_id, run_id), _finished)
    shown = _body(state).model_dump(mode="json", by_alias=True)
    return answer_response(replace(answer, status=200 if _finished(state) else 202, body=shown))


@router.get("/api/billing-runs/{run_id}", response_model=RunBody)
async def get_run(run_id: str, caller: InvoiceReader, parts: Parts) -> Response:
    """One run with its barrier."""
    state = await service.read_run(parts.engine, caller.org_id, id_in_path(Prefix.BILLING_RUN, run_id))
    return json_response(_body(state))


def _finished(state: RunState) -> bool:
    return state.run.status in ("completed", "failed")


def _body(state: RunState) -> RunBody:
    return run_body(state.run, state.barrier, state.invoice_ids, state.issued)
