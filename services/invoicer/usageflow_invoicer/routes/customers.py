"""/api/customers."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.errors import NotFound
from usageflow_common.http import ExactRoute, SeenVersion, answer_response, json_response, resource_response
from usageflow_common.tokens import Caller
from usageflow_common.wire import is_customer_id
from usageflow_invoicer.routes.parts import (
    CustomerInvoiceReader,
    CustomerReader,
    CustomerUsageReader,
    CustomerWriter,
    Invoicer,
    Parts,
    page_of,
)
from usageflow_invoicer.schemas.customers import (
    CustomerBody,
    CustomerCreate,
    CustomerList,
    CustomerPatch,
    CustomerReplace,
    customer_body,
)
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.schemas.upcoming import (
    RunningUsageList,
    UpcomingList,
    running_body,
    upcoming_body,
)
from usageflow_invoicer.service import customers as service
from usageflow_invoicer.service.upcoming import Running, upcoming_of_customer
from usageflow_invoicer.store.customers import Customer

router: Final = APIRouter(route_class=ExactRoute)


class CustomerQuery(ListQuery):
    """`q`: how the id, the name or the e-mail begins, whatever the case."""

    q: Annotated[str, Field(min_length=1, max_length=128)] | None = None


@router.get("/api/customers", response_model=CustomerList)
async def list_customers(caller: CustomerReader, parts: Parts, query: Annotated[CustomerQuery, Query()]) -> Response:
    """Customers, newest first."""
    page, filters = page_of(parts, query)
    rows = await service.list_customers(parts.engine, caller, page, beginning=query.q)
    position = (instant_text(rows[-1].created_at), rows[-1].customer_id) if rows else None
    cursor = parts.cursors.next(rows, page, position, filters)
    return json_response(CustomerList(data=[customer_body(row) for row in rows], next_cursor=cursor))


@router.post("/api/customers", status_code=201, response_model=CustomerBody)
async def create_customer(body: CustomerCreate, caller: CustomerWriter, parts: Parts) -> Response:
    """A new customer."""
    customer = await _customer(parts, caller, body.customer_id, body)
    return answer_response(await service.create_customer(parts.engine, caller, customer))


@router.get("/api/customers/{customer_id}", response_model=CustomerBody)
async def get_customer(customer_id: str, caller: CustomerReader, parts: Parts) -> Response:
    """One customer."""
    _require_id(customer_id)
    customer = await service.get_customer(parts.engine, caller, customer_id)
    return resource_response(customer_body(customer), customer.version)


@router.put("/api/customers/{customer_id}", response_model=CustomerBody)
async def put_customer(
    customer_id: str, body: CustomerReplace, caller: CustomerWriter, parts: Parts, seen: SeenVersion
) -> Response:
    """Create or replace."""
    _require_id(customer_id)
    customer = await _customer(parts, caller, customer_id, body)
    answer = await service.put_customer(parts.engine, caller, customer, seen)
    return answer_response(answer)


@router.patch("/api/customers/{customer_id}", response_model=CustomerBody)
async def edit_customer(
    customer_id: str, body: CustomerPatch, caller: CustomerWriter, parts: Parts, seen: SeenVersion
) -> Response:
    """Change what is given; null takes it away."""
    _require_id(customer_id)
    given: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if body.address is not None:
        given["address"] = body.address.model_dump(by_alias=True)
    if given.get("metadata", {}) is None:
        given["metadata"] = {}
    if given.get("time_zone", "") is None:
        given["time_zone"] = (await parts.organizations.get(caller.org_id)).time_zone
    return answer_response(await service.edit_customer(parts.engine, caller, customer_id, given, seen))


@router.delete("/api/customers/{customer_id}", status_code=204, response_model=None)
async def delete_customer(customer_id: str, caller: CustomerWriter, parts: Parts, seen: SeenVersion) -> Response:
    """Only without subscriptions and invoices."""
    _require_id(customer_id)
    return answer_response(await service.delete_customer(parts.engine, caller, customer_id, seen))


@router.get("/api/customers/{customer_id}/upcoming", response_model=UpcomingList)
async def get_upcoming(customer_id: str, caller: CustomerInvoiceReader, parts: Parts) -> Response:
    """The running period of each live subscription as a draft invoice."""
    running = await _running(parts, caller, customer_id)
    return json_response(UpcomingList(data=[upcoming_body(each) for each in running.upcoming]))


@router.get("/api/customers/{customer_id}/usage", response_model=RunningUsageList)
async def get_usage(customer_id: str, caller: CustomerUsageReader, parts: Parts) -> Response:
    """What each live subscription has used of its running period, and what that costs so far."""
    running = await _running(parts, caller, customer_id)
    return json_response(
        RunningUsageList(data=[running_body(each, running.counted_through) for each in running.upcoming])
    )


async def _running(parts: Invoicer, caller: Caller, customer_id: str) -> Running:
    _require_id(customer_id)
    await service.get_customer(parts.engine, caller, customer_id)
    return await upcoming_of_customer(parts.engine, caller, customer_id)


def _require_id(customer_id: str) -> None:
    if not is_customer_id(customer_id):
        raise NotFound


async def _customer(parts: Invoicer, caller: Caller, customer_id: str, body: CustomerReplace) -> Customer:
    organization = await parts.organizations.get(caller.org_id)
    return Customer(
        caller.org_id,
        customer_id,
        body.name,
        body.email,
        body.address.model_dump(by_alias=True) if body.address else None,
        body.tax_id,
        body.time_zone or organization.time_zone,
        body.metadata or {},
        parts.clock.wall(),
        1,
        body.payment_method,
    )
