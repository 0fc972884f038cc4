"""Kafka away, PostgreSQL away: nothing that was answered with 202 is lost, nothing counts twice."""

from tenant import eventually


async def test_without_kafka_a_call_is_refused_for_now_and_its_key_counts_once_later(system, tenant):
    await tenant.prepare()
    await system.stop("kafka")
    try:
        refused = await tenant.http.post("/api/track", json=tenant.call(1))
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["idempotencyKey"] == f"{tenant.mark}-1"
    finally:
        await system.resume("kafka")
        await system.wait_ready("kafka")
    await tenant.track([1])
    await tenant.track([1, 2])
    assert await tenant.counted(2) == {"value": "2", "eventCount": 2}


async def test_without_postgres_calls_are_accepted_and_counted_later(system, tenant):
    await tenant.prepare()
    await system.stop("postgres")
    try:
        accepted = await tenant.http.post(
            "/api/track/batch", json={"events": [tenant.call(number) for number in range(100)]}
        )
        assert accepted.status_code == 202, accepted.text
        single = await tenant.http.post("/api/track", json=tenant.call(100))
        assert single.status_code == 202, single.text
    finally:
        await system.resume("postgres")
        await system.wait_ready("postgres")
    assert await tenant.counted(101) == {"value": "101", "eventCount": 101}


async def test_after_both_outages_everything_is_ready_again(system, http):
    await system.wait_ready()

    async def ready():
        return True if (await http.get("/api/organization")).status_code == 200 else None

    assert await eventually("the gateway", ready)
