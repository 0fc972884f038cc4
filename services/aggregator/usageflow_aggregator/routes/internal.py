"""POST /internal/recompute and /internal/events: the invoicer's proofs. The gateway does not pass them on, and only its token opens them."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from usageflow_aggregator.domain.civil import Span
from usageflow_aggregator.domain.digest import digest_text
from usageflow_aggregator.domain.fold import Addition
from usageflow_aggregator.domain.measure import Aggregation, value_of
from usageflow_aggregator.routes.callers import Aggregator, Invoicer, Parts
from usageflow_aggregator.schemas import RecomputeAnswer, RecomputedWindow, SelectionRequest, event_body, instant_of
from usageflow_aggregator.service.raw_events import page_events, recompute
from usageflow_aggregator.store.events import EventPlace, Selection
from usageflow_common.clock import WINDOW, instant_text
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.money import decimal_text
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest

router: Final = APIRouter(route_class=ExactRoute)
_LIMIT: Final = 1_000


@router.post("/internal/recompute", include_in_schema=False)
async def post_recompute(body: SelectionRequest, caller: Invoicer, parts: Parts) -> RecomputeAnswer:
    """The count made again from raw events below the cut; with `windows`, a page of the quarter hours that have events."""
    selection = _selection(body)
    metric = await parts.tenants.metric_of_id(caller.org_id, body.metric_id)
    page, filters = _page(body, caller, parts)
    recount = await recompute(parts.engine, parts.digest_key, caller.org_id, metric.aggregation, selection)
    behind = instant_of(page.after[0]) if page.after else None
    left = [window for window in recount.windows if behind is None or window[0] > behind] if body.windows else []
    rows = left[: page.limit]
    position = [instant_text(rows[-1][0])] if len(left) > len(rows) else None
    return RecomputeAnswer(
        **_sums(metric.aggregation, recount.total),
        windows=[
            RecomputedWindow(window_start=start_at, window_end=start_at + WINDOW, **_sums(metric.aggregation, window))
            for start_at, window in rows
        ],
        next_cursor=parts.cursors.next(rows, page, position, filters),
    )


@router.post("/internal/events", include_in_schema=False)
async def post_events(body: SelectionRequest, caller: Invoicer, parts: Parts) -> Response:
    """A page of the raw events below the cut, in the order of their times."""
    selection = _selection(body)
    await parts.tenants.metric_of_id(caller.org_id, body.metric_id)
    page, filters = _page(body, caller, parts)
    after = EventPlace(instant_of(page.after[0]), int(page.after[1]), int(page.after[2])) if page.after else None
    events = await page_events(parts.engine, caller.org_id, selection, after, page.limit)
    position = None
    if events:
        last = events[-1]
        position = [instant_text(last.core.occurred_at), str(last.partition), str(last.offset)]
    cursor = parts.cursors.next(events, page, position, filters)
    return json_response({"data": [event_body(event) for event in events], "nextCursor": cursor})


def _selection(body: SelectionRequest) -> Selection:
    if body.to <= body.from_:
        raise ValidationFailed.of(FieldError("/to", "out_of_range", "Must be later than from"))
    if body.group:
        raise ValidationFailed.of(FieldError("/group", "invalid_value", "Groups are not available on this version"))
    cut = {int(partition): offset for partition, offset in body.cut.items()}
    return Selection(body.metric_id, body.customer_id, Span(body.from_, body.to), cut)


def _page(body: SelectionRequest, caller: Caller, parts: Aggregator) -> tuple[PageRequest, dict[str, Any]]:
    filters = {**body.model_dump(exclude={"cursor", "limit"}, mode="json"), "org": str(caller.org_id)}
    return parts.cursors.read(body.cursor, body.limit or _LIMIT, filters), filters


def _sums(aggregation: Aggregation, addition: Addition) -> dict[str, Any]:
    return {
        "value": decimal_text(value_of(aggregation, addition.total, addition.event_count)),
        "event_count": addition.event_count,
        "digest": digest_text(addition.digest),
    }
