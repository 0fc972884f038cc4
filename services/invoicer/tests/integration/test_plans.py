"""Plans over HTTP: from draft to archive, every price model, and what a price would make of usage."""

from __future__ import annotations

from typing import Any

import pytest
from invoicer_running import PLAN, Service

TIERS = [{"upTo": "10", "unitPrice": "2", "flatPrice": "5"}, {"unitPrice": "0.5"}]


def draft(**charge: Any) -> dict[str, Any]:
    return {"interval": "month", "basePrice": "100", "charges": [{"metric": "API_CALL", **charge}]}


async def create(service: Service, code: str, definition: dict[str, Any], *, publish: bool = False) -> dict[str, Any]:
    body = {"code": code, "name": code.title(), "currency": "USD", "draft": definition, "publish": publish}
    plan: dict[str, Any] = await service.post("/api/plans", body)
    return plan


async def refused(service: Service, definition: dict[str, Any]) -> list[tuple[str, str]]:
    body = {"code": "X", "name": "X", "currency": "USD", "draft": definition}
    problem = await service.post("/api/plans", body, status=422)
    return [(error["field"], error["code"]) for error in problem["errors"]]


async def test_a_plan_goes_from_draft_to_archive(service: Service):
    plan = await create(service, "LIFE", draft(model="per_unit", unitPrice="1"))
    assert (plan["status"], plan["latestVersion"], plan["current"]) == ("draft", None, None)
    path = f"/api/plans/{plan['id']}"
    # 1. The draft is replaced by whoever has seen it, and nobody else.
    volume = draft(model="volume", tiers=TIERS)
    await service.send("PUT", f"{path}/draft", volume, status=428)
    await service.send("PUT", f"{path}/draft", volume, status=412, version=9)
    plan = await service.send("PUT", f"{path}/draft", volume, status=200, version=1)
    await service.send("DELETE", f"{path}/draft", status=409, version=2)
    # 2. Published, it never changes; the next draft does not touch it.
    plan = await service.send("POST", f"{path}/publish", status=200)
    assert (plan["status"], plan["draft"], plan["current"]["charges"][0]["model"]) == ("active", None, "volume")
    await service.send("PUT", f"{path}/draft", draft(model="flat", price="3"), status=200, version=3)
    plan = await service.send("POST", f"{path}/publish", status=200, version=4)
    assert plan["current"]["number"] == 2
    versions = (await service.get(f"{path}/versions"))["data"]
    assert [(each["number"], each["charges"][0]["model"]) for each in versions] == [(2, "flat"), (1, "volume")]
    assert await service.get(f"{path}/versions/1") == versions[1]
    await service.send("GET", f"{path}/versions/3", status=404)
    # 3. A draft can go again once something is published.
    await service.send("PUT", f"{path}/draft", volume, status=200, version=5)
    await service.send("DELETE", f"{path}/draft", status=204, version=6)
    await service.send("DELETE", f"{path}/draft", status=409, version=7)
    # 4. The words around it.
    plan = await service.send("PATCH", path, {"name": "Other", "description": "Words"}, status=200)
    assert (plan["name"], plan["description"], plan["version"]) == ("Other", "Words", 8)
    assert (await service.send("PATCH", path, {"description": None}, status=200))["description"] is None
    await service.send("PATCH", path, {"name": None}, status=422)
    # 5. Archived, it takes no subscription.
    assert (await service.send("POST", f"{path}/archive", status=200))["status"] == "archived"
    await service.send("POST", f"{path}/archive", status=409)
    await service.post("/api/customers", {"customerId": "c"})
    await service.post("/api/subscriptions", {"customerId": "c", "planId": plan["id"]}, status=409)
    assert [each["id"] for each in (await service.get("/api/plans?status=archived"))["data"]] == [plan["id"]]
    assert (await service.send("POST", f"{path}/unarchive", status=200))["status"] == "active"
    await service.post("/api/subscriptions", {"customerId": "c", "planId": plan["id"]})


async def test_lists_are_narrowed_and_paged(service: Service):
    for code in ("A", "B", "C"):
        await create(service, code, draft(model="flat", price="1"), publish=code != "B")
    assert [each["code"] for each in (await service.get("/api/plans?status=draft"))["data"]] == ["B"]
    assert (await service.get("/api/plans?currency=EUR"))["data"] == []
    assert [each["code"] for each in (await service.get("/api/plans?code=C&status=active"))["data"]] == ["C"]
    path = f"/api/plans/{(await service.get('/api/plans?code=A'))['data'][0]['id']}"
    for number in (2, 3):
        version = (await service.get(path))["version"]
        await service.send("PUT", f"{path}/draft", draft(model="flat", price=number), status=200, version=version)
        await service.send("POST", f"{path}/publish", status=200)
    page = await service.get(f"{path}/versions?limit=2")
    rest = await service.get(f"{path}/versions?limit=2&cursor={page['nextCursor']}")
    assert [each["number"] for each in (*page["data"], *rest["data"])] == [3, 2, 1]


@pytest.mark.parametrize(
    ("charge", "errors"),
    [
        ({"model": "per_unit"}, [("/unitPrice", "required")]),
        ({"model": "flat", "price": "1", "unitPrice": "1"}, [("/unitPrice", "unknown_field")]),
        ({"model": "volume", "tiers": []}, [("/tiers", "invalid_value")]),
        ({"model": "volume", "tiers": [{"upTo": "5"}]}, [("/tiers/0/upTo", "invalid_value")]),
        ({"model": "graduated", "tiers": [{}, {}]}, [("/tiers/0/upTo", "invalid_value")]),
        ({"model": "graduated", "tiers": [{"upTo": 5}, {"upTo": 5}, {}]}, [("/tiers/1/upTo", "out_of_range")]),
        ({"model": "package", "packageSize": "0", "packagePrice": "1"}, [("/packageSize", "out_of_range")]),
        ({"model": "percentage", "percent": "-1"}, [("/percent", "out_of_range")]),
        (
            {
                "model": "per_unit",
                "unitPrice": "1",
                "minimumAmount": {"amountMinor": 5, "currency": "EUR"},
                "maximumAmount": {"amountMinor": 4, "currency": "USD"},
            },
            [("/minimumAmount/currency", "invalid_value"), ("/maximumAmount", "out_of_range")],
        ),
        (
            {"model": "per_unit", "unitPrice": 1, "matrix": {"property": "region", "default": {"unitPrice": 1}}},
            [("/matrix/property", "invalid_value"), ("/unitPrice", "unknown_field")],
        ),
    ],
)
async def test_each_field_that_is_not_right_is_named(service: Service, charge, errors):
    assert await refused(service, draft(**charge)) == [(f"/draft/charges/0{place}", code) for place, code in errors]


async def test_a_price_is_simulated_as_an_invoice_would_have_it(service: Service):
    plan = await create(service, "SIM", PLAN["draft"], publish=True)
    usages = [[], [{"metric": "API_CALL", "quantity": "12000"}]]
    pricings = [
        {"planId": plan["id"], "version": 1},
        {"currency": "USD", "definition": PLAN["draft"]},
    ]
    for pricing in pricings:
        answer = await service.post("/api/plans/simulate", {"pricing": pricing, "usages": usages}, status=200)
        assert [each["total"]["amountMinor"] for each in answer["data"]] == [10_000, 12_000]
        [base, calls] = answer["data"][1]["lines"]
        assert (base["kind"], base["amount"]["amountMinor"]) == ("base", 10_000)
        assert calls["steps"] == [{"units": "2000", "unitPrice": "0.01", "flatPrice": None, "amount": "20"}]
    wrong = {"pricing": pricings[0], "usages": [[{"metric": "OTHER", "quantity": 1}], usages[1] * 2]}
    problem = await service.post("/api/plans/simulate", wrong, status=422)
    assert [(e["field"], e["code"]) for e in problem["errors"]] == [("/usages/0/0/metric", "invalid_value")]
    await service.post("/api/plans/simulate", {"pricing": pricings[0] | {"version": 2}, "usages": [[]]}, status=404)
    draft_pricing = {"planId": plan["id"], "draft": True}
    await service.post("/api/plans/simulate", {"pricing": draft_pricing, "usages": [[]]}, status=404)
    version = (await service.get(f"/api/plans/{plan['id']}"))["version"]
    flat = draft(model="flat", price="7")
    await service.send("PUT", f"/api/plans/{plan['id']}/draft", flat, status=200, version=version)
    answer = await service.post("/api/plans/simulate", {"pricing": draft_pricing, "usages": [[]]}, status=200)
    assert answer["data"][0]["total"]["amountMinor"] == 10_700


async def test_a_product_of_long_decimals_is_shown_whole(service: Service):
    pricing = {"currency": "USD", "definition": draft(model="per_unit", unitPrice="0.000000000001")}
    usages = [[{"metric": "API_CALL", "quantity": "0.000000000001"}]]
    answer = await service.post("/api/plans/simulate", {"pricing": pricing, "usages": usages}, status=200)
    assert answer["data"][0]["lines"][1]["unrounded"] == "0.000000000000000000000001"


async def test_a_backtest_needs_a_range_and_answers_by_pages(service: Service):
    pricing = {"currency": "USD", "definition": draft(model="flat", price="1")}
    wanted = {"pricing": pricing, "from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    answer = await service.post("/api/plans/backtest", wanted, status=200)
    assert (answer["data"], answer["nextCursor"]) == ([], None)
    assert answer["totals"]["difference"] == {"amountMinor": 0, "currency": "USD"}
    await service.post("/api/plans/backtest", wanted | {"to": "2025-01-01T00:00:00Z"}, status=422)
    await service.post("/api/plans/backtest", wanted | {"cursor": "x"}, status=400)
