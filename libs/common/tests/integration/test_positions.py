"""Stored positions move by compare-and-set alone."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from usageflow_common.database import create_engine, transaction
from usageflow_common.positions import advance_position, positions_table, read_position
from usageflow_common.testing.databases import empty_database
from usageflow_common.topics import BILLING_EVENTS, INVOICE_CREATED


@pytest.fixture(scope="module")
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    async with empty_database(postgres_url) as url:
        engine = create_engine(url, application_name="test positions")
        metadata = sa.MetaData()
        positions_table(metadata)
        async with transaction(engine) as tx:
            await tx.run_sync(metadata.create_all)
        yield engine
        await engine.dispose()


async def advance(engine: AsyncEngine, partition: int, asked: int, after: int) -> bool:
    async with transaction(engine) as tx:
        return await advance_position(tx, INVOICE_CREATED, partition, asked, after)


async def stored(engine: AsyncEngine, partition: int) -> int | None:
    async with transaction(engine) as tx:
        return await read_position(tx, INVOICE_CREATED, partition)


async def test_a_position_moves_only_from_where_it_stands(engine: AsyncEngine):
    assert await stored(engine, 1) is None
    assert await advance(engine, 1, 0, 10)
    assert await advance(engine, 1, 10, 15)

    assert not await advance(engine, 1, 10, 20)
    assert not await advance(engine, 1, 0, 20)
    assert not await advance(engine, 1, 16, 20)
    assert await stored(engine, 1) == 15


async def test_a_missing_row_is_made_only_by_who_reads_from_the_start(engine: AsyncEngine):
    assert not await advance(engine, 2, 7, 10)
    assert await stored(engine, 2) is None


async def test_a_position_never_moves_back(engine: AsyncEngine):
    with pytest.raises(ValueError, match="only moves forward"):
        await advance(engine, 3, 10, 10)


@pytest.mark.parametrize("row_exists", [False, True])
async def test_one_of_two_workers_wins(engine: AsyncEngine, row_exists: bool):
    partition, asked = (5, 3) if row_exists else (4, 0)
    if row_exists:
        assert await advance(engine, partition, 0, asked)

    won = await asyncio.gather(*(advance(engine, partition, asked, 10 + number) for number in range(8)))

    assert sum(won) == 1
    assert await stored(engine, partition) == 10 + won.index(True)


async def test_topics_do_not_meet(engine: AsyncEngine):
    assert await advance(engine, 6, 0, 10)
    async with transaction(engine) as tx:
        assert await read_position(tx, BILLING_EVENTS, 6) is None
