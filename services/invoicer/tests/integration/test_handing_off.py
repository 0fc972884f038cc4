"""What leaves for accounting, and what nobody bills."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from invoicer_running import Service

from usageflow_common.clock import instant_text
from usageflow_common.testing import eventually


async def test_invoices_are_exported_line_by_line(service: Service):
    await service.post("/api/customers", {"customerId": "c", "name": '=HYPERLINK(1), "Ltd"\nx'})
    subscription = await service.subscribe("other")
    plan_id = subscription["planId"]
    start_at = instant_text(datetime.now(UTC) - timedelta(days=32))
    await service.post("/api/subscriptions", {"customerId": "c", "planId": plan_id, "startAt": start_at})
    assert len(await service.close_now()) == 2
    answer = await service.http.get("/api/invoices/export", headers=service.headers())
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 4
    mine = [row for row in rows if row["customerId"] == "c"]
    assert [(row["kind"], row["amountMinor"], row["amount"]) for row in mine] == [
        ("base", "10000", "100"),
        ("usage", "0", "0"),
    ]
    assert mine[0]["customerName"] == '\'=HYPERLINK(1), "Ltd"\nx'
    headers = service.headers() | {"Accept": "application/x-ndjson"}
    answer = await service.http.get("/api/invoices/export?customerId=c", headers=headers)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["customerName"] for line in lines] == ['=HYPERLINK(1), "Ltd"\nx'] * 2
    invoice = await service.get(f"/api/invoices/{lines[0]['invoiceId']}")
    assert [line["lineId"] for line in lines] == [line["id"] for line in invoice["lines"]]
    assert (await service.http.get("/api/invoices/export?customerId=d", headers=headers)).text == ""
    assert (await service.http.get("/api/invoices/export?limit=3", headers=headers)).status_code == 422


async def test_usage_that_no_charge_claims_is_listed(service: Service):
    now = datetime.now(UTC)
    await service.subscribe("billed")
    await service.track("nobody", now - timedelta(days=1), calls=3, amount="7")
    await service.track("billed", now - timedelta(days=34), calls=2, amount="1")  # before it was subscribed
    span = f"from={instant_text(now - timedelta(days=40))}&to={instant_text(now)}"

    async def counted() -> list[Any] | None:
        found = (await service.get(f"/api/usage/unbilled?{span}"))["data"]
        return found if sum(each["eventCount"] for each in found) == 5 else None

    assert await eventually(counted) == [
        {"customerId": "billed", "metric": "API_CALL", "eventCount": 2, "quantity": "2"},
        {"customerId": "nobody", "metric": "API_CALL", "eventCount": 3, "quantity": "21"},
    ]
    first = await service.get(f"/api/usage/unbilled?{span}&limit=1")
    rest = await service.get(f"/api/usage/unbilled?{span}&limit=1&cursor={first['nextCursor']}")
    assert [each["customerId"] for each in (*first["data"], *rest["data"])] == ["billed", "nobody"]
    await service.send("GET", "/api/usage/unbilled", status=422)
    await service.send("GET", f"/api/usage/unbilled?from={instant_text(now)}&to={instant_text(now)}", status=422)
