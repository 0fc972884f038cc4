"""/api/organization and /api/audit-logs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from usageflow_common.errors import InsufficientScope, InvalidCursor, NotFound
from usageflow_common.http import ExactRoute, SeenVersion, answer_response, json_response, resource_response
from usageflow_common.ids import Prefix, parse_public_id, public_id
from usageflow_common.tokens import Caller
from usageflow_gateway.domain.scopes import Role
from usageflow_gateway.routes.callers import CallerOf, scope_of
from usageflow_gateway.schemas.audit_export import csv_header, csv_rows
from usageflow_gateway.schemas.own import (
    AuditEntryModel,
    AuditFilters,
    AuditLogModel,
    AuditQuery,
    AuditVerification,
    OrganizationModel,
    OrganizationPatch,
    audit_entry,
)
from usageflow_gateway.service import audit as audit_service
from usageflow_gateway.service import organizations as organization_service

router = APIRouter(route_class=ExactRoute)


@router.get("/api/organization", response_model=OrganizationModel, openapi_extra=scope_of("GET", "/api/organization"))
async def show_organization(request: Request, caller: CallerOf) -> Response:
    """The organization of this request."""
    organization = await organization_service.organization_of(request.state.engine, caller.org_id)
    return resource_response(OrganizationModel.of(organization), organization.version)


@router.patch(
    "/api/organization", response_model=OrganizationModel, openapi_extra=scope_of("PATCH", "/api/organization")
)
async def change_organization(
    body: OrganizationPatch, request: Request, caller: CallerOf, seen: SeenVersion
) -> Response:
    """Its name and settings; every service learns them within moments."""
    return answer_response(
        await organization_service.change_organization(request.state.engine, caller, body.given(), seen)
    )


@router.get("/api/audit-logs", response_model=AuditLogModel, openapi_extra=scope_of("GET", "/api/audit-logs"))
async def list_audit_entries(request: Request, caller: CallerOf, query: Annotated[AuditQuery, Query()]) -> Response:
    """Entries, latest first. A developer sees their own."""
    wanted = query.filter(only_actor_id=_own_entries_of(caller))
    filters = {"filter": repr(wanted)}
    page = request.state.cursors.read(query.cursor, query.limit, filters)
    rows = await audit_service.audit_page(
        request.state.engine, caller.org_id, wanted, before_sequence=_sequence_of(page.after), limit=page.limit
    )
    position = (str(rows[-1].sequence),) if rows else None
    next_cursor = request.state.cursors.next(rows, page, position, filters)
    return json_response({"data": [audit_entry(row) for row in rows], "nextCursor": next_cursor})


@router.get(
    "/api/audit-logs/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    openapi_extra=scope_of("GET", "/api/audit-logs/export"),
)
async def export_audit_entries(request: Request, caller: CallerOf, query: Annotated[AuditFilters, Query()]) -> Response:
    """The entries as CSV, latest first. A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    pages = audit_service.audit_pages(
        request.state.engine, caller.org_id, query.filter(only_actor_id=_own_entries_of(caller))
    )

    async def body() -> AsyncIterator[bytes]:
        yield csv_header()
        async for page in pages:
            yield csv_rows(page)

    headers = {"Content-Disposition": 'attachment; filename="audit-log.csv"'}
    return StreamingResponse(body(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post(
    "/api/audit-logs/verify",
    response_model=AuditVerification,
    openapi_extra=scope_of("POST", "/api/audit-logs/verify"),
)
async def verify_audit_log(request: Request, caller: CallerOf) -> Response:
    """Recomputes the whole chain; who sees only their own entries cannot."""
    if _own_entries_of(caller) is not None:
        raise InsufficientScope("audit:read")
    return json_response(AuditVerification.of(*await audit_service.verify_log(request.state.engine, caller.org_id)))


@router.get(
    "/api/audit-logs/{entryId}",
    response_model=AuditEntryModel,
    openapi_extra=scope_of("GET", "/api/audit-logs/{entryId}"),
)
async def show_audit_entry(
    request: Request, entry_id: Annotated[str, Path(alias="entryId")], caller: CallerOf
) -> Response:
    """One entry."""
    found = parse_public_id(Prefix.AUDIT_ENTRY, entry_id)
    if found is None:
        raise NotFound
    chained = await audit_service.audit_entry_of(request.state.engine, caller.org_id, found)
    own = _own_entries_of(caller)
    if own is not None and chained.entry.actor["id"] != own:
        raise NotFound
    return json_response(audit_entry(chained))


def _own_entries_of(caller: Caller) -> str | None:
    """Whose entries alone a developer may see; None: everybody's."""
    if caller.role != Role.DEVELOPER:
        return None
    return public_id(Prefix.USER if caller.actor.type == "user" else Prefix.API_KEY, caller.actor.id)


def _sequence_of(after: tuple[str, ...] | None) -> int | None:
    if after is None:
        return None
    if len(after) != 1 or not after[0].isdigit():
        raise InvalidCursor("The cursor is not one of ours.")
    return int(after[0])
