"""Create, replace and find customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common import operations
from usageflow_common.database import Transaction, constraint_of, transaction
from usageflow_common.errors import Conflict, NotFound, PreconditionFailed
from usageflow_common.operations import Answer, Change
from usageflow_common.tokens import Caller
from usageflow_common.wire import PageRequest
from usageflow_invoicer.schemas.customers import customer_body
from usageflow_invoicer.store import customers as store
from usageflow_invoicer.store.customers import Customer


async def create_customer(engine: AsyncEngine, caller: Caller, customer: Customer) -> Answer:
    """Conflict when the id is taken."""
    try:
        async with transaction(engine) as tx:
            if done := await operations.claim(tx, caller):
                return done
            await store.insert_customer(tx, customer)
            return await operations.finish(tx, caller, _answer(customer, 201), _change("created", None, customer))
    except IntegrityError as error:
        if constraint_of(error) == "pk_customers":
            raise Conflict(f"The customer {customer.customer_id} exists already.") from error
        raise


async def put_customer(engine: AsyncEngine, caller: Caller, customer: Customer, expected: int | None) -> Answer:
    """Create, or replace everything but the creation. `expected` is the version that If-Match names."""
    try:
        return await _put(engine, caller, customer, expected)
    except IntegrityError as error:
        if constraint_of(error) != "pk_customers":
            raise
    return await _put(engine, caller, customer, expected)  # somebody created it meanwhile: there it is now


async def get_customer(engine: AsyncEngine, caller: Caller, customer_id: str) -> Customer:
    """One of the caller's organization."""
    async with transaction(engine, read_only=True) as tx:
        customer = await store.read_customer(tx, caller.org_id, customer_id)
    if customer is None:
        raise NotFound
    return customer


async def list_customers(
    engine: AsyncEngine, caller: Caller, page: PageRequest, *, beginning: str | None
) -> list[Customer]:
    """Newest first; those whose id, name or e-mail begins so."""
    async with transaction(engine, read_only=True) as tx:
        return await store.list_customers(tx, caller.org_id, page, beginning=beginning)


async def edit_customer(
    engine: AsyncEngine, caller: Caller, customer_id: str, given: Mapping[str, Any], expected: int | None
) -> Answer:
    """Change what is given, by field of Customer."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await _lock(tx, caller, customer_id, expected)
        after = replace(before, **given, version=before.version + 1)
        await store.update_customer(tx, after)
        return await operations.finish(tx, caller, _answer(after, 200), _change("updated", before, after))


async def delete_customer(engine: AsyncEngine, caller: Caller, customer_id: str, expected: int | None) -> Answer:
    """Only one without subscriptions and invoices; else Conflict."""
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await _lock(tx, caller, customer_id, expected)
        if await store.is_in_use(tx, caller.org_id, customer_id):
            raise Conflict("The customer has subscriptions.", code="in_use")
        await store.delete_customer(tx, caller.org_id, customer_id)
        change = Change("customer.deleted", "customer", customer_id, before=_shown(before))
        return await operations.finish(tx, caller, Answer(204, None), change)


async def _lock(tx: Transaction, caller: Caller, customer_id: str, expected: int | None) -> Customer:
    found = await store.lock_customer(tx, caller.org_id, customer_id)
    if found is None:
        raise NotFound
    if expected not in (None, found.version):
        raise PreconditionFailed("The customer has another version.")
    return found


async def _put(engine: AsyncEngine, caller: Caller, customer: Customer, expected: int | None) -> Answer:
    async with transaction(engine) as tx:
        if done := await operations.claim(tx, caller):
            return done
        before = await store.lock_customer(tx, caller.org_id, customer.customer_id)
        if expected is not None and (before is None or before.version != expected):
            raise PreconditionFailed("The customer has another version.")
        if before is None:
            await store.insert_customer(tx, customer)
            return await operations.finish(tx, caller, _answer(customer, 200), _change("created", None, customer))
        after = replace(customer, created_at=before.created_at, version=before.version + 1)
        await store.update_customer(tx, after)
        return await operations.finish(tx, caller, _answer(after, 200), _change("replaced", before, after))


def _answer(customer: Customer, status: int) -> Answer:
    return Answer(
        status,
        _shown(customer),
        location=f"/api/customers/{customer.customer_id}" if status == 201 else None,
        etag=str(customer.version),
    )


def _change(what: str, before: Customer | None, after: Customer) -> Change:
    return Change(
        f"customer.{what}",
        "customer",
        after.customer_id,
        before=_shown(before) if before else None,
        after=_shown(after),
    )


def _shown(customer: Customer) -> dict[str, Any]:
    return customer_body(customer).model_dump(mode="json", by_alias=True)
