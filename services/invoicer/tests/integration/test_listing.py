"""Invoices are found by every filter, in both orders, and pages neither repeat nor hide one."""

from __future__ import annotations

from typing import Any

import pytest
from invoicer_billing import Billing
from invoicer_log import at

from usageflow_common.wire import PageRequest
from usageflow_invoicer.service.invoices import list_invoices
from usageflow_invoicer.store.invoices.listing import InvoiceFilter, MetricAt, Sort, position_of


async def three(billing: Billing) -> list[Any]:
    """March and April in US dollars, then a month in yen."""
    await billing.subscribe("usd", "2026-03-01")
    await billing.close("2026-04-01T01:00")
    await billing.subscribe("jpy", "2026-04-15", await billing.plan(currency="JPY"))
    await billing.close("2026-05-01T01:00")
    await billing.close("2026-05-15T01:00")
    return await billing.invoices()


async def found(billing: Billing, sort: Sort = "number", **wanted: Any) -> list[int]:
    """Their numbers, read in pages of one."""
    numbers, after = [], None
    while True:
        page = await list_invoices(billing.engine, billing.org_id, PageRequest(1, after), InvoiceFilter(**wanted), sort)
        if not page:
            return numbers
        numbers.append(page[0].invoice.sequence)
        after = position_of(page[0], sort)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"customer_ids": ("usd",)}, [1, 2]),
        ({"customer_ids": ("usd", "jpy", "nobody")}, [1, 2, 3]),
        ({"currency": "JPY"}, [3]),
        ({"number": "INV-000002"}, [2]),
        ({"statuses": ("paid", "void")}, []),
        ({"issued_from": at("2026-05-01")}, [2, 3]),
        ({"issued_to": at("2026-05-01")}, [1]),
        ({"due_to": at("2026-04-16")}, [1]),
        ({"bills": MetricAt("API_CALL", at("2026-03-31T23:59"))}, [1]),
        ({"bills": MetricAt("API_CALL", at("2026-04-01"))}, [2]),
        ({"bills": MetricAt("OTHER", at("2026-04-01"))}, []),
    ],
)
async def test_each_filter_narrows(billing: Billing, wanted: dict[str, Any], expected: list[int]):
    await three(billing)
    assert await found(billing, **wanted) == expected


async def test_both_orders_go_both_ways(billing: Billing):
    assert [each.invoice.sequence for each in await three(billing)] == [1, 2, 3]
    for sort in ("number", "createdAt"):
        assert await found(billing, sort) == [1, 2, 3]
        assert await found(billing, f"-{sort}") == [3, 2, 1]
