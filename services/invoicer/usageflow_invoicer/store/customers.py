"""Customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from usageflow_common.database import Transaction, any_of
from usageflow_common.wire import PageRequest
from usageflow_invoicer.tables import customers, subscriptions


@dataclass(frozen=True, slots=True)
class Customer:
    """Who pays; named by the tenant's own id."""

    org_id: UUID
    customer_id: str
    name: str | None
    email: str | None
    address: Mapping[str, str | None] | None
    tax_id: str | None
    time_zone: str
    metadata: Mapping[str, str]
    created_at: datetime
    version: int
    payment_method: str | None = None


async def insert_customer(tx: Transaction, customer: Customer) -> None:
    """Raises an IntegrityError on pk_customers."""
    await tx.execute(sa.insert(customers).values(_values(customer)))


async def update_customer(tx: Transaction, customer: Customer) -> None:
    """Store the new state of a locked customer."""
    c = customers.c
    await tx.execute(
        sa.update(customers)
        .where(c.org_id == customer.org_id, c.customer_id == customer.customer_id)
        .values(_values(customer))
    )


async def lock_customer(tx: Transaction, org_id: UUID, customer_id: str) -> Customer | None:
    """The customer, until the end of the transaction: also what makes subscribing one at a time."""
    row = (await tx.execute(_by_id(org_id, customer_id).with_for_update())).first()
    return _customer(row) if row else None


async def is_served(tx: Transaction, org_id: UUID, customer_id: str) -> bool:
    """Whether they have a subscription that was not canceled."""
    s = subscriptions.c
    live = sa.exists().where(s.org_id == org_id, s.customer_id == customer_id, s.status != "canceled")
    return bool(await tx.scalar(sa.select(live)))


async def read_customer(tx: Transaction, org_id: UUID, customer_id: str) -> Customer | None:
    """One customer."""
    row = (await tx.execute(_by_id(org_id, customer_id))).first()
    return _customer(row) if row else None


async def read_customers(tx: Transaction, org_id: UUID, customer_ids: Sequence[str]) -> dict[str, Customer]:
    """By id."""
    c = customers.c
    rows = await tx.execute(sa.select(customers).where(c.org_id == org_id, any_of(c.customer_id, customer_ids)))
    return {row.customer_id: _customer(row) for row in rows}


async def is_in_use(tx: Transaction, org_id: UUID, customer_id: str) -> bool:
    """Whether there are subscriptions or invoices. Invoices come of subscriptions, which stay."""
    s = subscriptions.c
    return bool(await tx.scalar(sa.select(sa.exists().where(s.org_id == org_id, s.customer_id == customer_id))))


async def delete_customer(tx: Transaction, org_id: UUID, customer_id: str) -> None:
    """A locked one that is not in use."""
    c = customers.c
    await tx.execute(sa.delete(customers).where(c.org_id == org_id, c.customer_id == customer_id))


async def list_customers(tx: Transaction, org_id: UUID, page: PageRequest, *, beginning: str | None) -> list[Customer]:
    """Newest first; those whose id, name or e-mail begins so, whatever the case."""
    c = customers.c
    statement = sa.select(customers).where(c.org_id == org_id).order_by(c.created_at.desc(), c.customer_id.desc())
    if beginning is not None:
        pattern = beginning.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        statement = statement.where(sa.or_(c.customer_id.ilike(pattern), c.name.ilike(pattern), c.email.ilike(pattern)))
    if page.after is not None:
        last = (datetime.fromisoformat(page.after[0]), page.after[1])
        statement = statement.where(sa.tuple_(c.created_at, c.customer_id) < sa.tuple_(*map(sa.literal, last)))
    return [_customer(row) for row in await tx.execute(statement.limit(page.limit))]


def _by_id(org_id: UUID, customer_id: str) -> sa.Select[Any]:
    return sa.select(customers).where(customers.c.org_id == org_id, customers.c.customer_id == customer_id)


def _customer(row: sa.Row[Any]) -> Customer:
    return Customer(
        row.org_id,
        row.customer_id,
        row.name,
        row.email,
        row.address,
        row.tax_id,
        row.time_zone,
        row.metadata,
        row.created_at,
        row.version,
        row.payment_method,
    )


def _values(customer: Customer) -> dict[str, Any]:
    return {
        "org_id": customer.org_id,
        "customer_id": customer.customer_id,
        "name": customer.name,
        "email": customer.email,
        "address": None if customer.address is None else dict(customer.address),
        "tax_id": customer.tax_id,
        "time_zone": customer.time_zone,
        "payment_method": customer.payment_method,
        "metadata": dict(customer.metadata),
        "created_at": customer.created_at,
        "version": customer.version,
    }
