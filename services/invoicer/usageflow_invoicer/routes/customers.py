"""/api/customers."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from usageflow_common.clock import instant_text
from usageflow_common.errors import NotFound
from usageflow_common.http import ExactRoute, answer_response, expected_version, json_response
from usageflow_common.tokens import Caller
from usageflow_common.wire import is_customer_id
from usageflow_invoicer.routes.parts import CustomerReader, CustomerWriter, Invoicer, Parts, page_of
from usageflow_invoicer.schemas.customers import (
    CustomerBody,
    CustomerCreate,
    CustomerList,
    CustomerReplace,
    customer_body,
)
from usageflow_invoicer.schemas.lists import ListQuery
from usageflow_invoicer.service import customers as service
from usageflow_invoicer.store.customers import Customer

router: Final = APIRouter(route_class=ExactRoute)


@router.get("/api/customers", response_model=CustomerList)
async def list_customers(caller: CustomerReader, parts: Parts, query: Annotated[ListQuery, Query()]) -> Response:
    """Customers, newest first."""
    page, filters = page_of(parts, query)
    rows = await service.list_customers(parts.engine, caller, page)
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
    if not is_customer_id(customer_id):
        raise NotFound
    customer = await service.get_customer(parts.engine, caller, customer_id)
    return json_response(customer_body(customer), headers={"ETag": f'"{customer.version}"'})


@router.put("/api/customers/{customer_id}", response_model=CustomerBody)
async def put_customer(
    customer_id: str, body: CustomerReplace, caller: CustomerWriter, parts: Parts, request: Request
) -> Response:
    """Create or replace."""
    if not is_customer_id(customer_id):
        raise NotFound
    customer = await _customer(parts, caller, customer_id, body)
    answer = await service.put_customer(parts.engine, caller, customer, expected_version(request))
    return answer_response(answer)


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
    )
