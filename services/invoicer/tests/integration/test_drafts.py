"""An organization that issues by hand: drafts are listed, looked at, and finalized behind their barrier."""

from __future__ import annotations

from typing import Any

import pytest
from invoicer_billing import PARTITIONS, Billing
from invoicer_log import at
from msgspec import structs

from usageflow_common.clock import Clock
from usageflow_common.database import transaction
from usageflow_common.errors import NotFound, StateConflict
from usageflow_common.wire import PageRequest
from usageflow_invoicer.service.documents import draft_pdf
from usageflow_invoicer.service.drafts import Draft, finalize, find_draft, list_drafts
from usageflow_invoicer.service.lives import Moment, live_all
from usageflow_invoicer.service.runs import Occasion
from usageflow_invoicer.service.upcoming import upcoming
from usageflow_invoicer.store import runs as run_store
from usageflow_invoicer.store.drafts import DraftFilter
from usageflow_invoicer.store.invoices.listing import MetricAt

NOW = at("2026-05-01T00:30")


async def drafts(billing: Billing, **wanted: Any) -> list[Draft]:
    await live_all(billing.engine, billing.org_id, Moment(NOW, NOW))
    found, _ = await list_drafts(billing.engine, billing.asker(), PageRequest(10, None), DraftFilter(NOW, **wanted))
    return found


async def finalized(billing: Billing, draft: Draft) -> list[Any]:
    occasion = Occasion(billing.organization, NOW, Clock().wall(), PARTITIONS)
    answer = await finalize(billing.engine, billing.asker(), draft.period.period_id, occasion)
    assert answer.status == 202
    async with transaction(billing.engine) as tx:
        [run] = [run for run in await run_store.live_runs(tx) if run.org_id == billing.org_id]
    assert (run.trigger, run.due_before) == ("finalize", draft.period.end_at)
    await billing.mark()
    for partition in range(PARTITIONS):
        await billing.echo(run.barrier_id, partition)
    await billing.carry_out("2026-05-01T00:30")
    return await billing.invoices(run.barrier_id)


async def test_drafts_are_issued_by_hand_before_their_grace_is_over(billing: Billing):
    billing.organization = structs.replace(billing.organization, auto_finalize=False)
    await billing.subscribe("c", "2026-03-01")
    await billing.track("c", "2026-03-20", calls=12_000)
    await billing.track("c", "2026-04-20", calls=10_100)
    assert await billing.close("2026-05-01T00:30") == []
    april, march = await drafts(billing)
    assert [each.upcoming.total_minor for each in (march, april)] == [12_000, 10_100]
    assert await drafts(billing, customer_ids=("nobody",)) == []
    assert await drafts(billing, currency="EUR") == []
    in_march = MetricAt("API_CALL", at("2026-03-20"))
    assert [each.period for each in await drafts(billing, bills=in_march, currency="USD")] == [march.period]
    assert await drafts(billing, bills=MetricAt("OTHER", at("2026-03-20"))) == []
    pdf = await draft_pdf(billing.engine, billing.asker(), march.period.period_id, billing.organization, NOW)
    assert pdf.startswith(b"%PDF-1.")
    found = await find_draft(billing.engine, billing.asker(), march.period.period_id, DraftFilter(NOW))
    assert found.upcoming.lines == march.upcoming.lines
    await billing.track("c", "2026-03-21", calls=100)  # late, but not too late for a draft
    [invoice] = await finalized(billing, march)
    assert invoice.stored_total_minor == 12_100
    assert [each.period.period_id for each in await drafts(billing)] == [april.period.period_id]
    occasion = Occasion(billing.organization, NOW, Clock().wall(), PARTITIONS)
    with pytest.raises(StateConflict):
        await finalize(billing.engine, billing.asker(), march.period.period_id, occasion)
    with pytest.raises(NotFound):
        await find_draft(billing.engine, billing.asker(), march.period.period_id, DraftFilter(NOW))
    [later] = await finalized(billing, april)
    assert (later.stored_total_minor, later.invoice.sequence) == (10_100, 2)


async def test_one_that_cannot_be_rated_hides_no_other(billing: Billing):
    billing.organization = structs.replace(billing.organization, auto_finalize=False)
    huge = await billing.subscribe("huge", "2026-03-01", await billing.plan(unit_price="99999999999"))
    await billing.subscribe("fine", "2026-03-01")
    await billing.track("huge", "2026-03-20", calls=1, amount="99999999999")
    found = await drafts(billing)
    assert sorted(each.upcoming.customer_id for each in found) == ["fine", "fine", "huge"]
    _, page = await list_drafts(billing.engine, billing.asker(), PageRequest(10, None), DraftFilter(NOW))
    [broken] = {each.period_id for each in page} - {each.period.period_id for each in found}
    with pytest.raises(StateConflict, match="too large"):
        await find_draft(billing.engine, billing.asker(), broken, DraftFilter(NOW))
    await billing.track("huge", "2026-05-02", calls=1, amount="99999999999")
    with pytest.raises(StateConflict, match="too large"):
        await upcoming(billing.engine, billing.asker(), huge)
