"""GET /api/conflicts and …/{conflictId}."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from usageflow_aggregator.routes.callers import EventsReader, Parts
from usageflow_aggregator.schemas.conflicts import ConflictAnswer, ConflictQuery, ConflictsAnswer
from usageflow_aggregator.schemas.events import exact_json
from usageflow_aggregator.service.conflicts import find_conflict, list_conflicts
from usageflow_aggregator.store.conflicts import Conflict, ConflictFilter
from usageflow_common.clock import instant_text
from usageflow_common.errors import FieldError, NotFound, ValidationFailed
from usageflow_common.http import ExactRoute, json_response
from usageflow_common.ids import Prefix, parse_public_id, public_id
from usageflow_common.money import decimal_text
from usageflow_common.wire import parse_decimal, parse_instant

router: Final = APIRouter(route_class=ExactRoute)
_KINDS: Final = ("payload_mismatch", "stale_amendment")


@router.get("/api/conflicts", response_model=ConflictsAnswer)
async def get_conflicts(query: Annotated[ConflictQuery, Query()], caller: EventsReader, parts: Parts) -> Response:
    """Events that came under a used key with another payload, and amendments of a revision that was no longer the present one."""
    kinds = tuple(query.kind.split(",")) if query.kind is not None else None
    if kinds is not None and not set(kinds) <= set(_KINDS):
        raise ValidationFailed.of(FieldError("query.kind", "invalid_value", f"One of {', '.join(_KINDS)}"))
    filters = query.model_dump(exclude={"cursor", "limit"}, mode="json")
    page = parts.cursors.read(query.cursor, query.limit, filters)
    wanted = ConflictFilter(
        kinds,
        query.customer_id,
        query.created_from,
        query.created_to,
        query.sort.startswith("-"),
        UUID(page.after[0]) if page.after else None,
    )
    found = await list_conflicts(parts.engine, caller.org_id, wanted, page.limit)
    position = [str(found[-1].conflict_id)] if found else None
    cursor = parts.cursors.next(found, page, position, filters)
    return json_response({"data": [_body(conflict) for conflict in found], "nextCursor": cursor})


@router.get("/api/conflicts/{conflictId}", response_model=ConflictAnswer)
async def get_conflict(
    conflict_id: Annotated[str, Path(alias="conflictId")], caller: EventsReader, parts: Parts
) -> Response:
    """One conflict."""
    parsed = parse_public_id(Prefix.CONFLICT, conflict_id)
    if parsed is None:
        raise NotFound
    return json_response(_body(await find_conflict(parts.engine, caller.org_id, parsed)))


def _body(conflict: Conflict) -> dict[str, Any]:
    refused = _refused(conflict)
    counted = _counted(conflict)
    differs = [name for name, value in refused.items() if counted is not None and counted.get(name) != value]
    return {
        "id": public_id(Prefix.CONFLICT, conflict.conflict_id),
        "kind": conflict.kind,
        "eventId": str(conflict.event_id),
        "idempotencyKey": conflict.counted.event.core.idempotency_key
        if conflict.counted
        else conflict.refused.get("idempotency_key"),
        "counted": None if counted is None else _encodable(counted),
        "refused": _encodable(refused),
        "differs": differs,
        "createdAt": instant_text(conflict.created_at),
    }


def _counted(conflict: Conflict) -> dict[str, Any] | None:
    if conflict.counted is None:
        return None
    event = conflict.counted.event
    return {
        "metric": event.core.metric,
        "amount": decimal_text(event.core.amount),
        "customerId": event.core.customer_id,
        "timestamp": instant_text(event.core.occurred_at),
        "properties": dict(event.properties),
        **({"revision": event.revision} if conflict.kind == "stale_amendment" else {}),
    }


def _refused(conflict: Conflict) -> dict[str, Any]:
    """What the record says, in the words of the API. An amendment says only what it would have changed."""
    record = conflict.refused
    said = {
        "metric": record.get("metric"),
        "amount": _amount(record.get("amount")),
        "customerId": record.get("customer_id"),
        "timestamp": _instant(record.get("occurred_at")),
        "properties": record.get("properties"),
        "revision": record.get("base_revision"),
    }
    return {name: value for name, value in said.items() if value is not None}


def _amount(text: object) -> str | None:
    parsed = parse_decimal(text)
    return decimal_text(parsed) if isinstance(parsed, Decimal) else None


def _instant(text: object) -> str | None:
    parsed = parse_instant(text) if isinstance(text, str) else None
    return None if parsed is None else instant_text(parsed)


def _encodable(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "properties": exact_json(event["properties"])} if "properties" in event else event
