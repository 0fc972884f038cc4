"""POST /internal/recompute and /internal/events: the invoicer's proofs. The gateway does not pass them on, and only its token opens them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from usageflow_aggregator.domain.asking import Found, amount_of
from usageflow_aggregator.domain.digest import DIGEST_MODULUS, digest_text
from usageflow_aggregator.routes.callers import Aggregator, Invoicer, Parts
from usageflow_aggregator.schemas.events import event_body
from usageflow_aggregator.schemas.proofs import RecomputeAnswer, RecomputedWindow, SelectionRequest
from usageflow_aggregator.service.raw_events import Counted, Recounter, WindowsAsked
from usageflow_aggregator.store.raw_events import EventPlace, Selection, place_of
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import Span
from usageflow_common.clock import instant_text
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.metering import Aggregation, encode_state
from usageflow_common.money import EXACT, decimal_text
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest


class _ProofRoute(ExactRoute):
    """A line of many events takes its time, and the invoicer waits for it."""

    seconds_max: ClassVar[int] = 300


router: Final = APIRouter(route_class=_ProofRoute)
_LIMIT: Final = 1_000


@router.post("/internal/recompute", include_in_schema=False)
async def post_recompute(body: SelectionRequest, caller: Invoicer, parts: Parts) -> RecomputeAnswer:
    """The count made again from raw events below the cut; with `windows`, a page of the quarter hours that have events."""
    metric = await parts.tenants.metric_of_id(caller.org_id, body.metric_id)
    selection = _selection(body, metric)
    page, filters = _page(body, caller, parts, "windows")
    recounter = Recounter(parts.engine, parts.digest_key, caller.org_id, metric)
    recount = await recounter.recount(selection, _windows(body, page))
    # Behind the first page the whole range is not counted again: the cursor, which is signed, brings what it amounted to.
    told = _sums(metric.aggregation, recount.total) if recount.total else msgspec.json.decode((page.after or ())[2])
    position = _position(recount.windows[-1], told) if recount.more else None
    return RecomputeAnswer(
        **told,
        windows=[
            RecomputedWindow(
                window_start=window.span.start_at, window_end=window.span.end_at, **_amounts(metric.aggregation, window)
            )
            for window in recount.windows
        ],
        next_cursor=parts.cursors.next(recount.windows, page, position, filters),
    )


@router.post("/internal/events", include_in_schema=False)
async def post_events(body: SelectionRequest, caller: Invoicer, parts: Parts) -> Response:
    """A page of the raw events below the cut, in the order of their times."""
    metric = await parts.tenants.metric_of_id(caller.org_id, body.metric_id)
    selection = _selection(body, metric)
    page, filters = _page(body, caller, parts, "events")
    after = (
        EventPlace(datetime.fromisoformat(page.after[0]), int(page.after[1]), int(page.after[2]))
        if page.after
        else None
    )
    recounter = Recounter(parts.engine, parts.digest_key, caller.org_id, metric)
    events = await recounter.page_events(selection, after, page.limit)
    position = None
    if events:
        last = place_of(events[-1])
        position = [instant_text(last.occurred_at), str(last.partition), str(last.offset)]
    cursor = parts.cursors.next(events, page, position, filters)
    return json_response({"data": [event_body(event) for event in events], "nextCursor": cursor})


def _selection(body: SelectionRequest, metric: KnownMetric) -> Selection:
    if body.to <= body.from_:
        raise ValidationFailed.of(FieldError("/to", "out_of_range", "Must be later than from"))
    keys = tuple(sorted(metric.record.group_by))
    errors = [
        FieldError(f"/group/{key}", "unknown_field", "Is no key of the metric") for key in body.group if key not in keys
    ]
    if errors:
        raise ValidationFailed.of(*errors)
    cut = {int(partition): offset for partition, offset in body.cut.items()}
    return Selection(body.metric_id, body.customer_id, Span(body.from_, body.to), cut, keys, body.group)


def _page(body: SelectionRequest, caller: Caller, parts: Aggregator, of: str) -> tuple[PageRequest, dict[str, Any]]:
    filters = {**body.model_dump(exclude={"cursor", "limit"}, mode="json"), "org": str(caller.org_id), "of": of}
    return parts.cursors.read(body.cursor, body.limit or _LIMIT, filters), filters


def _windows(body: SelectionRequest, page: PageRequest) -> WindowsAsked | None:
    if not body.windows:
        return None
    if page.after is None:
        return WindowsAsked(page.limit)
    return WindowsAsked(page.limit, datetime.fromisoformat(page.after[0]), Decimal(page.after[1]))


def _position(last: Counted, told: dict[str, Any]) -> list[str]:
    level = EXACT.add(last.opening, last.tally.state.total)
    return [instant_text(last.span.start_at), decimal_text(level), msgspec.json.encode(told).decode()]


def _sums(aggregation: Aggregation, counted: Counted) -> dict[str, Any]:
    return {
        **_amounts(aggregation, counted),
        "state": encode_state(aggregation, counted.tally.state),
        "opening": decimal_text(counted.opening),
        "distinct": counted.distinct,
    }


def _amounts(aggregation: Aggregation, counted: Counted) -> dict[str, Any]:
    found = Found(counted.tally.state, counted.distinct, counted.opening)
    amount = amount_of(aggregation, found, counted.span.start_at, counted.span.end_at)
    return {
        "value": None if amount.value is None else decimal_text(amount.value),
        "event_count": amount.event_count,
        "digest": digest_text(counted.tally.digests % DIGEST_MODULUS),
    }
