"""How an organization stands, put together from every service; and one of them may be away."""

from tenant import eventually

from usageflow_local.system import System


async def test_the_summary_tells_what_was_sent_a_moment_ago_and_names_whoever_is_away(
    system: System, http, tenant
) -> None:
    code = f"SUMMED_{tenant.mark.upper()}"
    made = await http.post(
        "/api/metrics",
        json={"code": code, "name": "Summed", "aggregation": "SUM"},
        headers={"Idempotency-Key": f"summary-{tenant.mark}"},
    )
    assert made.status_code == 201, made.text
    before = await _summary(http)
    event = {"metric": code, "amount": "2.5", "customerId": tenant.customer_id}
    for number in (1, 2, 2):
        sent = await http.post("/api/track", json={**event, "idempotencyKey": f"{tenant.mark}-{number}"})
        assert sent.status_code == 202, sent.text
    refused = await http.post(
        "/api/track", json={**event, "metric": f"NO_{code}", "idempotencyKey": f"{tenant.mark}-3"}
    )
    assert refused.status_code == 422

    async def told() -> dict | None:
        summary = await _summary(http)
        events, earlier = summary["eventsToday"], before["eventsToday"]
        grown = events["counted"] - earlier["counted"], events["rejected"] - earlier["rejected"]
        return summary if grown == (2, 1) else None

    summary = await eventually("the summary", told)
    values = {row["metric"]: row["value"] for row in summary["usageToday"]}
    assert values.get(code, "5") == "5", "twelve metrics at most, by their codes"
    assert summary["unavailable"] == []
    assert summary["invoices"].keys() == {"open", "overdue", "amountDue"}
    assert summary["deliveries24h"].keys() == {"succeeded", "failed", "successRate"}

    await system.stop("webhooks-api")
    try:
        partial = await _summary(http)
    finally:
        await system.resume("webhooks-api")
        await system.wait_ready("webhooks-api")
    assert partial["unavailable"] == ["webhooks"]
    assert partial["deliveries24h"] is None
    assert partial["eventsToday"]["counted"] >= summary["eventsToday"]["counted"]


async def _summary(http) -> dict:
    answer = await http.get("/api/analytics/summary", params={"timeZone": "Europe/Berlin"})
    assert answer.status_code == 200, answer.text
    return answer.json()
