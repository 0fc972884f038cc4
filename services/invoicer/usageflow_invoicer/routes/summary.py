"""The invoicer's part of the summary, which the gateway asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from usageflow_common.http import ExactRoute
from usageflow_common.wire import MoneyModel, QueryModel, ResponseModel, TimeZone
from usageflow_invoicer.domain.recurring import months_over
from usageflow_invoicer.routes.parts import InvoiceReader, Parts
from usageflow_invoicer.service import analytics as service

router: Final = APIRouter(route_class=ExactRoute)


class SummaryQuery(QueryModel):
    """The organization's zone where none is given."""

    time_zone: TimeZone | None = None


class OwedBody(ResponseModel):
    """Open invoices, how many of them are overdue, and what is due on all of them."""

    open: int
    overdue: int
    amount_due: list[MoneyModel]


class SubscriptionCounts(ResponseModel):
    """Subscriptions that go on, by state."""

    trialing: int
    active: int
    past_due: int
    suspended: int


class StandingAnswer(ResponseModel):
    """What recurs, what was invoiced this month and not voided, what is owed."""

    mrr: list[MoneyModel]
    revenue_this_month: list[MoneyModel]
    invoices: OwedBody
    subscriptions: SubscriptionCounts


@router.get("/internal/summary", include_in_schema=False)
async def get_summary(caller: InvoiceReader, parts: Parts, query: Annotated[SummaryQuery, Query()]) -> StandingAnswer:
    """How the organization stands now."""
    organization = await parts.organizations.get(caller.org_id)
    now = parts.clock.now(caller.org_id)
    zone = ZoneInfo(query.time_zone or organization.time_zone)
    [month] = months_over(now, now + timedelta.resolution, zone)
    found = await service.standing(parts.engine, caller.org_id, month, now)
    states = found.subscriptions
    return StandingAnswer(
        mrr=[MoneyModel(amount_minor=amount, currency=currency) for currency, amount in sorted(found.mrr.items())],
        revenue_this_month=[
            MoneyModel(amount_minor=amount, currency=currency) for currency, amount in sorted(found.invoiced.items())
        ],
        invoices=OwedBody(
            open=sum(each.open for each in found.owed),
            overdue=sum(each.overdue for each in found.owed),
            amount_due=[MoneyModel(amount_minor=each.due_minor, currency=each.currency) for each in found.owed],
        ),
        subscriptions=SubscriptionCounts(
            trialing=states.get("trialing", 0),
            active=states.get("active", 0),
            past_due=states.get("past_due", 0),
            suspended=states.get("suspended", 0),
        ),
    )
