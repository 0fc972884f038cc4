"""Billing runs as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from usageflow_common.ids import Prefix
from usageflow_common.wire import Instant, RequestModel, ResponseModel, public
from usageflow_invoicer.store.runs import BarrierPartition, Run


class RunCreate(RequestModel):
    """Close what is due now; `ignoreGrace` skips the wait, never the barrier."""

    subscription_ids: (
        Annotated[list[Annotated[UUID, public(Prefix.SUBSCRIPTION)]], Field(min_length=1, max_length=500)] | None
    ) = None
    ignore_grace: bool = False


class BarrierBody(ResponseModel):
    """One partition of the run's barrier; `behind`: records that must still be applied there, null before the marker is echoed."""

    partition: int
    marker_offset: int | None
    reached: bool
    behind: int | None


class FailureBody(ResponseModel):
    """A subscription whose period stays a draft, and why."""

    subscription_id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    code: str
    detail: str


class RunBody(ResponseModel):
    """A billing run with the state of its barrier."""

    id: Annotated[UUID, public(Prefix.BILLING_RUN)]
    trigger: str
    status: str
    as_of: Instant
    barrier: list[BarrierBody]
    partitions_behind: int
    periods_closed: int
    invoice_ids: list[Annotated[UUID, public(Prefix.INVOICE)]]
    invoices_issued: int
    failures: list[FailureBody]
    created_at: Instant
    completed_at: Instant | None


class RunList(ResponseModel):
    """A page of runs."""

    data: list[RunBody]
    next_cursor: str | None


def run_body(run: Run, barrier: list[BarrierPartition], invoice_ids: list[UUID], issued: int) -> RunBody:
    """The public shape of a run."""
    partitions = [
        BarrierBody(
            partition=each.partition,
            marker_offset=each.marker_offset,
            reached=each.reached,
            behind=None if each.marker_offset is None else max(0, each.required - each.applied),
        )
        for each in barrier
    ]
    return RunBody(
        id=run.run_id,
        trigger=run.trigger,
        status=run.status,
        as_of=run.as_of,
        barrier=partitions,
        partitions_behind=sum(not each.reached for each in partitions),
        periods_closed=run.periods_closed,
        invoice_ids=invoice_ids,
        invoices_issued=issued,
        failures=[FailureBody(subscription_id=f.subscription_id, code=f.code, detail=f.detail) for f in run.failures],
        created_at=run.created_at,
        completed_at=run.completed_at,
    )
