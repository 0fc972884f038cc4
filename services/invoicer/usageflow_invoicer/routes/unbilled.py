"""/api/usage/unbilled: money left on the table."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from usageflow_common.clock import WINDOW, window_start
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.wire import ExactDecimal, Instant, ResponseModel
from usageflow_invoicer.routes.parts import Parts, UsageInvoiceReader, page_of
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.service.invoices import unbilled_usage

router: Final = APIRouter(route_class=ExactRoute)
_SPAN_MAX: Final = timedelta(days=400)


class UnbilledQuery(ListQuery):
    """Half-open; both are moved to the beginning of their quarter hour."""

    from_: Annotated[Instant, Query(alias="from")]
    to: Instant


class UnbilledBody(ResponseModel):
    """Usage of a customer that no charge claims. `quantity` is null where a metric's parts cannot be added up."""

    customer_id: str
    metric: str
    event_count: int
    quantity: ExactDecimal | None


class UnbilledList(ResponseModel):
    """A page, by customer and metric."""

    data: list[UnbilledBody]
    next_cursor: str | None


@router.get("/api/usage/unbilled", response_model=UnbilledList)
async def get_unbilled(caller: UsageInvoiceReader, parts: Parts, query: Annotated[UnbilledQuery, Query()]) -> Response:
    """Usage that no subscription's charge claims, per customer and metric."""
    span = (window_start(query.from_), window_start(query.to))
    if not WINDOW <= span[1] - span[0] <= _SPAN_MAX:
        detail = f"A quarter hour to {_SPAN_MAX.days} days behind from"
        raise ValidationFailed.of(FieldError("query.to", "out_of_range", detail))
    page, filters = page_of(parts, query)
    after = (page.after[0], UUID(page.after[1])) if page.after else None
    rows = await unbilled_usage(parts.engine, caller.org_id, span, after, page.limit)
    metrics = parts.metrics.by_id(caller.org_id)
    shown = []
    for row in rows:
        metric = metrics.get(row.metric_id)
        quantity = {"SUM": row.total, "COUNT": row.event_count}.get(metric.aggregation if metric else "")
        name = metric.code if metric else str(row.metric_id)
        body = UnbilledBody(customer_id=row.customer_id, metric=name, event_count=row.event_count, quantity=quantity)
        shown.append(body)
    position = (rows[-1].customer_id, str(rows[-1].metric_id)) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(UnbilledList(data=shown, next_cursor=cursor))
