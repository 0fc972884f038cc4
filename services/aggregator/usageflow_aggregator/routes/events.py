"""GET /api/events and …/{eventId}."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, assert_never
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from usageflow_aggregator.domain.searching import Key, LogPosition, Position, Search
from usageflow_aggregator.routes.callers import EventsReader, Parts
from usageflow_aggregator.routes.parameters import customers
from usageflow_aggregator.schemas.events import EventAnswer, EventQuery, EventsAnswer, event_body
from usageflow_aggregator.service.event_search import find_event, search_events
from usageflow_common.clock import instant_text
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.ids import event_id as id_of_event
from usageflow_common.ids import event_names

_PROPERTY: Final = "property."
_PROPERTY_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_PROPERTIES_MAX: Final = 10
_RANGE_MAX: Final = timedelta(days=31)
_STATUSES: Final = ("counted", "voided", "reverted")


class _EventsRoute(ExactRoute):
    """The names behind `property.` are the caller's own."""

    open_prefixes: ClassVar[tuple[str, ...]] = (_PROPERTY,)


router: Final = APIRouter(route_class=_EventsRoute)


@router.get("/api/events", response_model=EventsAnswer)
async def get_events(
    query: Annotated[EventQuery, Query()], request: Request, caller: EventsReader, parts: Parts
) -> Response:
    """Counted events, also those that count no more. A page looks at so many events and no more: it may be short, or empty, and have a next one."""
    search = _search(query, request.query_params, caller.org_id)
    filters = {**query.model_dump(exclude={"cursor", "limit"}, mode="json"), "properties": dict(search.properties)}
    page = parts.cursors.read(query.cursor, query.limit, filters)
    after = _position(page.after) if page.after else None
    found = await search_events(parts.engine, caller.org_id, search, after, page.limit)
    cursor = None
    if found.next_after is not None:
        # Whatever the page holds, there is a next one.
        cursor = parts.cursors.next(range(page.limit), page, _texts(found.next_after), filters)
    body = [event_body(each.event, each.corrections) for each in found.events]
    return json_response({"data": body, "nextCursor": cursor})


@router.get("/api/events/{eventId}", response_model=EventAnswer)
async def get_event(event_id: Annotated[UUID, Path(alias="eventId")], caller: EventsReader, parts: Parts) -> Response:
    """One counted event with its corrections; 404 until it is counted."""
    found = await find_event(parts.engine, caller.org_id, event_id)
    return json_response(event_body(found.event, found.corrections))


def _search(query: EventQuery, parameters: Mapping[str, str], org_id: UUID) -> Search:
    properties = {
        name.removeprefix(_PROPERTY): value for name, value in parameters.items() if name.startswith(_PROPERTY)
    }
    statuses = tuple(query.status.split(",")) if query.status is not None else None
    errors = [
        *_wrong_properties(query, properties),
        *(
            FieldError(f"query.{name}To", "out_of_range", f"Must be later than {name}From")
            for name, start, end in (
                ("timestamp", query.timestamp_from, query.timestamp_to),
                ("received", query.received_from, query.received_to),
            )
            if start is not None and end is not None and end <= start
        ),
    ]
    if statuses is not None and not set(statuses) <= set(_STATUSES):
        errors.append(FieldError("query.status", "invalid_value", f"Of {', '.join(_STATUSES)}"))
    if not query.sort.is_of_log and query.customer_id is None and query.idempotency_key is None:
        errors.append(FieldError("query.sort", "invalid_value", "timestamp needs customerId"))
    if errors:
        raise ValidationFailed.of(*errors[:100])
    return Search(
        order=query.sort,
        metric=query.metric,
        customer_ids=customers(query.customer_id),
        event_ids=None if query.idempotency_key is None else _ids(org_id, query.idempotency_key),
        occurred_from=query.timestamp_from,
        occurred_to=query.timestamp_to,
        received_from=query.received_from,
        received_to=query.received_to,
        statuses=statuses,
        backfill_id=query.backfill_id,
        properties=properties,
    )


def _wrong_properties(query: EventQuery, properties: Mapping[str, str]) -> list[FieldError]:
    if not properties:
        return []
    ranges = [
        end - start
        for start, end in ((query.timestamp_from, query.timestamp_to), (query.received_from, query.received_to))
        if start is not None and end is not None
    ]
    first = f"query.{_PROPERTY}{next(iter(properties))}"
    errors = [
        FieldError(f"query.{_PROPERTY}{name}", "invalid_value", "Is no name of a property")
        for name in properties
        if _PROPERTY_NAME.fullmatch(name) is None
    ]
    if len(properties) > _PROPERTIES_MAX:
        errors.append(FieldError(first, "out_of_range", f"At most {_PROPERTIES_MAX} properties"))
    if query.metric is None and query.customer_id is None:
        errors.append(FieldError(first, "invalid_value", "Needs metric or customerId"))
    if not ranges or min(ranges) > _RANGE_MAX:
        errors.append(FieldError(first, "invalid_value", "Needs a range of at most 31 days"))
    return errors


def _ids(org_id: UUID, key: str) -> tuple[UUID, ...]:
    """What an event with this key may be called: by a key of its own, or by the request's key and its index."""
    header, _, index = key.rpartition(":")
    if header and index.isascii() and index.isdigit() and len(index) <= 9:  # no batch has a billion events
        return id_of_event(org_id, key), UUID(event_names(org_id).of_place(header, int(index)))
    return (id_of_event(org_id, key),)


def _position(texts: tuple[str, ...]) -> Position:
    match texts:
        case ("log", *bounds):
            return LogPosition({int(pair.partition(":")[0]): int(pair.partition(":")[2]) for pair in bounds})
        case (_, at, partition, offset):
            return Key(datetime.fromisoformat(at), int(partition), int(offset))
        case _:
            raise ValueError("A signed cursor of another shape")


def _texts(position: Position) -> list[str]:
    match position:
        case Key(at=at, partition=partition, offset=offset):
            return ["key", instant_text(at), str(partition), str(offset)]
        case LogPosition(bounds=bounds):
            return ["log", *(f"{partition}:{offset}" for partition, offset in bounds.items())]
        case _:
            assert_never(position)
