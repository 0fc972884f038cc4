"""A shard told once more: whole, in order, under a new generation, and as of one position."""

from __future__ import annotations

from datetime import timedelta

import pytest

from usageflow_aggregator.domain import packing
from usageflow_aggregator.service.rebuild import Mandate
from usageflow_aggregator.service.republish import republish
from usageflow_common.clock import Clock
from usageflow_common.records import ActorRecord

MANDATE = Mandate(ActorRecord(type="operator", id="ada"), "a topic was lost")


@pytest.fixture
async def busy(shard):
    """A partition with forty windows, one of them empty again, and a record that nobody can read."""
    for number in range(40):
        shard.use(f"call-{number}", at=shard.log[0].appended_at + number * timedelta(hours=1))
    shard.damage(org_id=shard.org_id)
    await shard.count(0)
    return shard


async def test_a_shard_is_told_whole_and_ends_where_counting_stands(busy):
    before = {state.window_start_at: state for record in await busy.told() for state in record.states}
    told = len(await busy.told())

    done = await republish(busy.engine, Clock(), busy.book.definition, busy.partition, MANDATE)

    records = (await busy.told())[told:]
    assert [(record.from_, record.part, record.parts) for record in records] == [(None, 1, 2), (None, 2, 2)]
    assert {record.next for record in records} == {done.next} == {(await busy.position()).next}
    assert {record.generation for record in records} == {done.generation} == {(await busy.position()).generation}
    assert {state.window_start_at: state for record in records for state in record.states} == before
    assert [[item.offset for item in record.quarantined] for record in records] == [[], [41]]


async def test_a_large_shard_is_told_in_parts_that_each_fit_into_a_message(busy, monkeypatch):
    monkeypatch.setattr(packing, "ITEMS_MAX", 7)
    told = len(await busy.told())

    done = await republish(busy.engine, Clock(), busy.book.definition, busy.partition, MANDATE)

    records = (await busy.told())[told:]
    assert [record.part for record in records] == list(range(1, done.parts + 1))
    assert [len(record.states) for record in records] == [7, 7, 7, 7, 7, 5, 0]
    assert done.items == 40


async def test_an_unknown_partition_is_not_republished(busy):
    with pytest.raises(LookupError, match="9999"):
        await republish(busy.engine, Clock(), busy.book.definition, 9_999, MANDATE)
