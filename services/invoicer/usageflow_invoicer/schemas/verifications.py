"""Verifications and explanations as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from usageflow_common.ids import Prefix
from usageflow_common.wire import ExactDecimal, Instant, MoneyModel, PlainDecimal, ResponseModel, public
from usageflow_invoicer.domain.verification import Check
from usageflow_invoicer.schemas.invoices import LineBody
from usageflow_invoicer.schemas.simulations import StepBody
from usageflow_invoicer.store.verifications import Verification


class CheckBody(ResponseModel):
    """One comparison: `expected` was computed again, `actual` is stored."""

    check: str
    line_id: Annotated[UUID, public(Prefix.LINE)] | None
    expected: str
    actual: str
    passed: bool


class VerificationBody(ResponseModel):
    """The report; complete once the status is not `running`."""

    id: Annotated[UUID, public(Prefix.VERIFICATION)]
    invoice_id: Annotated[UUID, public(Prefix.INVOICE)]
    status: str
    checked_events: int
    checks: list[dict[str, Any]]
    created_at: Instant
    completed_at: Instant | None


class WindowBody(ResponseModel):
    """A window below the invoice's cut, with its own value; null where it has none."""

    window_start: Instant
    window_end: Instant
    value: ExactDecimal | None
    event_count: int
    digest: str


class WindowList(ResponseModel):
    """A page of windows."""

    data: list[WindowBody]
    next_cursor: str | None


class RecomputedBody(ResponseModel):
    """The line's amount, from raw events again."""

    quantity: ExactDecimal
    unrounded: PlainDecimal
    amount: MoneyModel


class ExplanationBody(ResponseModel):
    """Line → steps → windows → recomputed amount."""

    line: LineBody
    steps: list[StepBody]
    windows: WindowList
    recomputed: RecomputedBody | None
    matches: bool


class EventList(ResponseModel):
    """The raw events behind a line, as the aggregator shows them."""

    data: list[dict[str, Any]]
    next_cursor: str | None


def check_body(check: Check) -> dict[str, Any]:
    """The public shape of a check, as it is stored."""
    body = CheckBody(
        check=check.check, line_id=check.line_id, expected=check.expected, actual=check.actual, passed=check.passed
    )
    return body.model_dump(mode="json", by_alias=True)


def verification_body(verification: Verification) -> VerificationBody:
    """The public shape of a verification."""
    return VerificationBody(
        id=verification.verification_id,
        invoice_id=verification.invoice_id,
        status=verification.status,
        checked_events=verification.checked_events,
        checks=[dict(check) for check in verification.checks],
        created_at=verification.created_at,
        completed_at=verification.completed_at,
    )
