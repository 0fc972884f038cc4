"""The aggregator is asked to count again: over HTTP, and for as long as a line of many events takes."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from invoicer_billing import Billing
from invoicer_log import at
from invoicer_running import Peer, serve_peer

from usageflow_common.clock import Clock
from usageflow_common.testing import TokenKeys, caller, eventually
from usageflow_common.tokens import TokenVerifier
from usageflow_invoicer.client import connect
from usageflow_invoicer.domain.usage import Usage
from usageflow_invoicer.service import verification
from usageflow_invoicer.service.evidence import Question, RawEvents


@pytest.mark.parametrize(("amounts", "value"), [((), None), (("-3", "2"), Decimal(2))])
async def test_a_range_without_a_value_has_none(
    billing: Billing, token_keys: TokenKeys, amounts: tuple[str, ...], value: Decimal | None
):
    billing.meter("MAX")
    for amount in amounts:
        await billing.track("c", "2026-03-02", amount=amount)
    cut = {partition: (await billing.log.standing(partition))[0] for partition in (0, 1)}
    question = Question(billing.org_id, billing.metric.metric_id, "c", at("2026-03-01"), at("2026-04-01"), cut)
    async with AsyncExitStack() as stack:
        peer = Peer(billing.log, None, TokenVerifier(token_keys.public_keys, "aggregator"))
        url = await serve_peer(stack, peer)
        key = token_keys.private_keys["usageflow-invoicer"]
        aggregator = await stack.enter_async_context(connect(url, key, token_keys.key_id))
        found = await aggregator.recount(question)
        shown = await aggregator.explain(question, cursor=None, limit=10)
    assert (found.value, found.event_count) == (value, len(amounts))
    assert shown.usage == found
    assert [window.value for window in shown.page] == [value] * bool(amounts)


@dataclass(slots=True)
class Slow:
    """Raw events of which there are many."""

    raw_events: RawEvents
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def recount(self, question: Question) -> Usage:
        await self.done.wait()
        return await self.raw_events.recount(question)


async def test_a_verification_that_takes_long_is_not_begun_again(billing: Billing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verification, "LEASE", timedelta(seconds=8))
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=3)
    [march] = await billing.close("2026-04-01T01:00")
    who = caller("invoices:read", org_id=billing.org_id, idempotency_key="verify")
    await verification.request_verification(billing.engine, who, march.invoice.invoice_id, Clock().wall())
    slow = Slow(billing.log)
    verifying = asyncio.create_task(verification.verify_next(billing.engine, slow, Clock()))
    query = "SELECT leased_until FROM verifications WHERE org_id = $1 AND leased_until > $2"
    [first] = await eventually(lambda: billing.fetch(query, billing.org_id, Clock().wall()), 20)
    assert await eventually(lambda: billing.fetch(query, billing.org_id, first["leased_until"]), 20)  # renewed
    assert not await verification.verify_next(billing.engine, billing.log, Clock())
    slow.done.set()
    assert await verifying
    [row] = await billing.fetch("SELECT status FROM verifications WHERE org_id = $1", billing.org_id)
    assert row["status"] == "passed"
