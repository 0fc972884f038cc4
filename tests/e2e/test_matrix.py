"""A price for each region, through the real bus: lines by value, proved from the raw events of that value alone."""

from tenant import Tenant

PRICES = {
    "interval": "month",
    "intervalCount": 1,
    "basePrice": "0",
    "charges": [
        {
            "metric": "REGION_CALL",
            "name": "Calls",
            "model": "per_unit",
            "matrix": {
                "property": "region",
                "values": [{"value": "eu", "unitPrice": "2"}, {"value": "us", "unitPrice": "3"}],
                "default": {"unitPrice": "5"},
            },
        }
    ],
}


class Regional(Tenant):
    """Its calls come from regions, one in four of them from nowhere."""

    def call(self, number, **changes):
        region = {0: {"region": "eu"}, 1: {"region": "us"}, 2: {"region": "asia"}, 3: {}}[number % 4]
        return super().call(number, metric="REGION_CALL", properties=region, **changes)


async def test_each_region_has_a_line_that_its_own_events_prove(http):
    customer = Regional(http)
    if not (await customer.get("/api/metrics", code="REGION_CALL"))["data"]:
        metric = {"code": "REGION_CALL", "name": "Calls", "aggregation": "SUM", "groupBy": ["region"]}
        await customer.post("/api/metrics", metric, key="the-regional-metric")
    plan = {"code": f"PRO-{customer.mark}", "name": "Pro", "currency": "USD", "publish": True, "draft": PRICES}
    await customer.post("/api/plans", plan)
    await customer.post("/api/customers", {"customerId": customer.customer_id, "name": "Example Ltd"})
    subscription = await customer.subscribe()
    await customer.track(range(42))

    run = await customer.begin_close(subscription["id"])
    assert (await customer.completed_run(run["id"]))["failures"] == []

    [listed] = await customer.invoices()
    invoice = await customer.get(f"/api/invoices/{listed['id']}")
    shown = [(line["group"]["region"], line["quantity"], line["amount"]["amountMinor"]) for line in invoice["lines"]]
    assert shown == [("", "10", 5_000), ("asia", "10", 5_000), ("eu", "11", 2_200), ("us", "11", 3_300)]
    report = await customer.post(f"/api/invoices/{listed['id']}/verify", None)
    assert (report["status"], [check for check in report["checks"] if not check["passed"]]) == ("passed", [])
    assert "charge_events" in {check["check"] for check in report["checks"]}
    line = invoice["lines"][2]
    here = f"/api/invoices/{listed['id']}/lines/{line['id']}"
    explained = await customer.get(f"{here}/explain")
    assert (explained["matches"], explained["recomputed"]["quantity"]) == (True, "11")
    events = (await customer.get(f"{here}/events"))["data"]
    assert [event["properties"] for event in events] == [{"region": "eu"}] * 11
