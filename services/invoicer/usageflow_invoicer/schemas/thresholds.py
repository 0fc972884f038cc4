"""Thresholds as the API shows and takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from usageflow_common.ids import Prefix
from usageflow_common.wire import ExactDecimal, Instant, MoneyInput, MoneyModel, RequestModel, ResponseModel, public
from usageflow_invoicer.store.thresholds import Threshold


def _above_zero(value: Decimal) -> Decimal:
    if value <= 0:
        raise PydanticCustomError("out_of_range", "Must be above 0")
    return value


def _money_above_zero(value: MoneyInput) -> MoneyInput:
    if value.amount_minor <= 0:
        raise PydanticCustomError("out_of_range", "Must be above 0")
    return value


class ThresholdCreate(RequestModel):
    """A quantity of a metric, or an amount that all usage of the running period costs."""

    metric: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    quantity: Annotated[ExactDecimal, AfterValidator(_above_zero)] | None = None
    amount: Annotated[MoneyInput, AfterValidator(_money_above_zero)] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Any:
        given = (self.metric is not None, self.quantity is not None, self.amount is not None)
        if given not in ((True, True, False), (False, False, True)):
            raise PydanticCustomError("invalid_value", "Either metric and quantity, or amount")
        return self


class ThresholdBody(ResponseModel):
    """A threshold."""

    id: Annotated[UUID, public(Prefix.THRESHOLD)]
    subscription_id: Annotated[UUID, public(Prefix.SUBSCRIPTION)]
    metric: str | None
    quantity: ExactDecimal | None
    amount: MoneyModel | None
    last_fired_at: Instant | None
    created_at: Instant


class ThresholdList(ResponseModel):
    """All of a subscription's."""

    data: list[ThresholdBody]
    next_cursor: str | None


def threshold_body(threshold: Threshold, currency: str) -> ThresholdBody:
    """The public shape of a threshold."""
    amount = threshold.amount_minor
    return ThresholdBody(
        id=threshold.threshold_id,
        subscription_id=threshold.subscription_id,
        metric=threshold.metric,
        quantity=threshold.quantity,
        amount=MoneyModel(amount_minor=amount, currency=currency) if amount is not None else None,
        last_fired_at=threshold.fired_at,
        created_at=threshold.created_at,
    )
