"""What a price would have made of real usage, as the API shows and takes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from usageflow_common.wire import CustomerId, Instant, MoneyModel, RequestModel, ResponseModel
from usageflow_invoicer.schemas.simulations import PricingInput


class BacktestInput(RequestModel):
    """A price, and the invoiced periods that lie between two instants: of these customers, or of all."""

    pricing: PricingInput
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    customer_ids: Annotated[tuple[CustomerId, ...], Field(min_length=1, max_length=1000)] | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str, Field(max_length=2048)] | None = None


class BacktestTotals(ResponseModel):
    """What was billed, what the price would have billed, and the second minus the first."""

    billed: MoneyModel
    simulated: MoneyModel
    difference: MoneyModel


class BacktestRow(BacktestTotals):
    """Of one customer."""

    customer_id: str


class BacktestBody(ResponseModel):
    """A page of customers; `totals` are those of the page."""

    data: list[BacktestRow]
    totals: BacktestTotals
    next_cursor: str | None


def totals(billed_minor: int, simulated_minor: int, currency: str) -> BacktestTotals:
    """Both, and how far they are apart."""

    def money(amount_minor: int) -> MoneyModel:
        return MoneyModel(amount_minor=amount_minor, currency=currency)

    return BacktestTotals(
        billed=money(billed_minor),
        simulated=money(simulated_minor),
        difference=money(simulated_minor - billed_minor),
    )
