"""What the invoicer's proofs ask: recompute (and …/values), windows, events, progress. No gateway passes them on; only its token opens them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

from fastapi import APIRouter
from starlette.responses import Response

from usageflow_aggregator.domain.asking import Found, amount_of
from usageflow_aggregator.domain.digest import DIGEST_MODULUS, digest_text
from usageflow_aggregator.routes.callers import Aggregator, Invoicer, Parts
from usageflow_aggregator.schemas.events import event_body
from usageflow_aggregator.schemas.proofs import (
    PartitionProgress,
    ProgressAnswer,
    RecomputeAnswer,
    RecomputedValue,
    RecomputedWindow,
    SelectionRequest,
    ValuesAnswer,
    ValuesRequest,
    WindowsAnswer,
)
from usageflow_aggregator.service.explaining import explain
from usageflow_aggregator.service.progress import read_partitions
from usageflow_aggregator.service.raw_events import Counted, Counter
from usageflow_aggregator.store.raw_events import EventPlace, Selection, place_of
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import Span
from usageflow_common.clock import instant_text
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.metering import Aggregation, encode_state
from usageflow_common.money import decimal_text
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest


class _ProofRoute(ExactRoute):
    """A line of many events takes its time, and the invoicer waits for it."""

    seconds_max: ClassVar[int] = 300


router: Final = APIRouter(route_class=_ProofRoute)
_LIMIT: Final = 1_000


@router.post("/internal/recompute", include_in_schema=False)
async def post_recompute(body: SelectionRequest, caller: Invoicer, parts: Parts) -> RecomputeAnswer:
    """The count made again from raw events below the cut, every event hashed anew."""
    counter, selection = await _counter(body, caller, parts)
    return RecomputeAnswer(**_sums(counter.aggregation, await counter.recount(selection)))


@router.post("/internal/recompute/values", include_in_schema=False)
async def post_recompute_values(body: ValuesRequest, caller: Invoicer, parts: Parts) -> ValuesAnswer:
    """The same for each value of a key, in one pass over the events."""
    counter, selection = await _counter(body, caller, parts)
    if body.by not in selection.group_by:
        raise ValidationFailed.of(FieldError("/by", "unknown_field", "Is no key of the metric"))
    counted = await counter.recount_by(selection, body.by)
    return ValuesAnswer(
        values=[
            RecomputedValue(group=value, **_amounts(counter.aggregation, counted[value])) for value in sorted(counted)
        ]
    )


@router.post("/internal/windows", include_in_schema=False)
async def post_windows(body: SelectionRequest, caller: Invoicer, parts: Parts) -> WindowsAnswer:
    """A page of the quarter hours that have events below the cut, and the whole range: as kept where nothing changed since."""
    counter, selection = await _counter(body, caller, parts)
    page, filters = _page(body, caller, parts, "windows")
    after = datetime.fromisoformat(page.after[0]) if page.after else None
    explained = await explain(counter, selection, after=after, limit=page.limit)
    windows = [
        RecomputedWindow(
            window_start=window.span.start_at, window_end=window.span.end_at, **_amounts(counter.aggregation, window)
        )
        for window in explained.windows
    ]
    position = [instant_text(windows[-1].window_start)] if explained.more else None
    return WindowsAnswer(
        **_sums(counter.aggregation, explained.total),
        windows=windows,
        next_cursor=parts.cursors.next(windows, page, position, filters),
    )


@router.post("/internal/events", include_in_schema=False)
async def post_events(body: SelectionRequest, caller: Invoicer, parts: Parts) -> Response:
    """A page of the raw events below the cut, in the order of their times."""
    counter, selection = await _counter(body, caller, parts)
    page, filters = _page(body, caller, parts, "events")
    after = (
        EventPlace(datetime.fromisoformat(page.after[0]), int(page.after[1]), int(page.after[2]))
        if page.after
        else None
    )
    events = await counter.page_events(selection, after, page.limit)
    position = None
    if events:
        last = place_of(events[-1])
        position = [instant_text(last.occurred_at), str(last.partition), str(last.offset)]
    cursor = parts.cursors.next(events, page, position, filters)
    return json_response({"data": [event_body(event) for event in events], "nextCursor": cursor})


@router.get("/internal/progress", include_in_schema=False)
async def get_progress(_caller: Invoicer, parts: Parts) -> ProgressAnswer:
    """How far each partition is counted, as an offset and as an instant."""
    return ProgressAnswer(
        partitions=[
            PartitionProgress(partition=partition, next=following, counted_through=counted_through)
            for partition, following, counted_through in await read_partitions(parts.engine)
        ]
    )


async def _counter(body: SelectionRequest, caller: Caller, parts: Aggregator) -> tuple[Counter, Selection]:
    metric = await parts.tenants.metric_of_id(caller.org_id, body.metric_id)
    return Counter(parts.engine, parts.digest_key, caller.org_id, metric), _selection(body, metric)


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
