"""Any log, however it is cut, repeated, corrected and handed over between workers, gives what the plain reference gives."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usageflow_aggregator.metric_book import MetricBook
from usageflow_aggregator.service.counting import Counted, Counting, Fenced
from usageflow_aggregator.service.groups import AdmittedGroups
from usageflow_common.ids import new_id
from usageflow_common.metering import AGGREGATIONS, State
from usageflow_common.records import AmendEvent, BackfillRevert, MetricRecord, UsageEvent, VoidEvent
from usageflow_common.topics import EVENTS_RAW, decode

sys.path.insert(0, str(Path(__file__).parent.parent))

from reference import Reference
from saying import amend, revert, void

GROUPS_MAX = 2
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEYS = st.integers(0, 2)
SHARDS = st.integers(0, 1)
WINDOWS = st.integers(0, 2)
SIZES = st.sampled_from(["1", "2.50", "-3"])
REGIONS = st.sampled_from(["eu", "us", 1, None])
FEEDS = st.sampled_from(["all", "grouped", "none"])
USE = st.tuples(st.just("use"), SHARDS, KEYS, WINDOWS, SIZES, REGIONS, st.sampled_from([False, False, True]))
AMEND = st.tuples(
    st.just("amend"), SHARDS, KEYS, st.sampled_from([1, 1, 2, 3]), st.integers(0, 1), WINDOWS, SIZES, REGIONS, FEEDS
)
STEP = st.one_of(
    USE,
    st.tuples(st.just("void"), SHARDS, KEYS),
    AMEND,
    AMEND,
    st.tuples(st.just("repeat"), SHARDS, st.integers(0, 2)),
    st.tuples(st.just("revert"), SHARDS),
    st.tuples(st.just("count"), SHARDS, st.integers(1, 6)),
    st.tuples(st.just("rebalance"), SHARDS),
)
# Events in front, so that most corrections find one.
STEPS = st.tuples(st.lists(USE, min_size=3, max_size=6), st.lists(STEP, min_size=4, max_size=14)).map(
    lambda t: t[0] + t[1]
)


@pytest.fixture
async def look(database):
    """One connection for everything that is looked at."""
    connection = await asyncpg.connect(database.owner_url, server_settings={"search_path": "aggregator"})
    yield connection
    await connection.close()


# A hundred small transactions to an example: slow on a loaded machine, and never wrong for that.
@pytest.mark.timeout(240)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_any_log_gives_the_windows_points_and_digests_of_the_reference(new_shard, look, steps):
    world = World([await new_shard(), await new_shard()], look)
    for step in steps:
        await world.take(step)
    await world.drain()

    assert await world.found() == world.expected()


class World:
    """Two partitions of an organization of their own, and the reference, which reads whatever was committed."""

    def __init__(self, shards, look):
        self.shards = shards
        self.query = look.fetch
        self.org_id = new_id()
        self.metrics = _metrics(self.org_id)
        book = MetricBook()
        for metric in self.metrics.values():
            book.take(metric)
        self.reference = Reference(self.metrics, shards[0].counting.digest_key, GROUPS_MAX)
        self.backfill_id = new_id()
        self.positions = [0, 0]
        self.passed_on = set()
        self.said = []
        for shard in shards:
            shard.org_id = self.org_id
            shard.query = look.fetch
            shard.counting = Counting(book.definition, shard.counting.digest_key, AdmittedGroups(GROUPS_MAX))
            shard.book = book

    async def take(self, step):
        """One step of a history."""
        kind, number, *rest = step
        shard = self.shards[number]
        match kind:
            case "use":
                shard.append(self._event(shard, *rest))
            case "void":
                self._say(shard, void(self.org_id, str(rest[0])))
            case "amend":
                self._say(shard, self._amendment(*rest))
            case "repeat":
                if self.said:
                    shard.append(self.said[-1 - rest[0] % len(self.said)])
            case "revert":
                shard.append(revert(self.org_id, self.backfill_id))
            case "count":
                await self._count(number, rest[0])
            case "rebalance":
                await self._rebalance(number)

    async def drain(self):
        """Count everything, and what that passes on."""
        while any(position < len(shard.log) for position, shard in zip(self.positions, self.shards, strict=True)):
            for number in (0, 1):
                await self._count(number, 100)

    async def found(self):
        """What the database holds."""
        rows, account = {}, Counter()
        for shard in self.shards:
            for row in await self.query("SELECT * FROM aggregated_usage WHERE shard = $1", shard.partition):
                name = (row["shard"], row["metric_id"], row["customer_id"], row["window_start_at"], row["group_key"])
                state = State(
                    row["event_count"], row["total"], row["delta_seconds"] or 0, row["value"], row["value_at"],
                    row["value_event_id"],
                )  # fmt: skip
                rows[name] = [state, int(row["digest"]), set(), row["version"]]
            for row in await self.query("SELECT * FROM unique_values WHERE shard = $1", shard.partition):
                name = (row["shard"], row["metric_id"], row["customer_id"], row["window_start_at"], row["group_key"])
                rows[name][2] |= {bytes(row["value_hash"])} if row["event_count"] else set()
            account.update({(shard.partition, what): number for what, number in (await shard.account()).items()})
        stale = await self.query(
            "SELECT refused ->> 'event_id' AS id FROM conflicts WHERE kind = 'stale_amendment' AND org_id = $1",
            self.org_id,
        )
        return rows, account, {UUID(row["id"]) for row in stale}, await self._told()

    def expected(self):
        """What the reference says of it; a row that everything has left is empty and still there."""
        there = self.reference.rows()
        rows = {}
        for name, version in self.reference.versions.items():
            state, digest, points = there.get(name, (State(), 0, frozenset()))
            rows[name] = [state, digest, set(points), version]
        account = +self.reference.account + Counter({(shard.partition, "marker"): 1 for shard in self.shards})
        told = {
            name: (state.event_count, version, digest, frozenset(points))
            for name, (state, digest, points, version) in rows.items()
        }
        return rows, account, self.reference.stale, told

    def _say(self, shard, correction):
        self.said.append(correction)
        shard.append(correction)

    async def _count(self, number, records):
        """One batch, and what it passes on."""
        shard, start = self.shards[number], self.positions[number]
        end = min(start + records, len(shard.log))
        if end == start:
            return
        assert isinstance(await shard.count(start, end), Counted)
        for record in shard.log[start:end]:
            content = decode(EVENTS_RAW, record.value, record.headers["schema"])
            if isinstance(content, UsageEvent | VoidEvent | AmendEvent | BackfillRevert):
                self.reference.read(shard.partition, content)
        self.positions[number] = end
        await self._deliver(shard)

    async def _deliver(self, shard):
        """What the relay does."""
        rows = await self.query(
            "SELECT id, partition, value FROM outbox WHERE topic = 'events.raw' AND partition = ANY($1) ORDER BY id",
            [each.partition for each in self.shards],
        )
        for row in rows:
            if row["id"] not in self.passed_on:
                self.passed_on.add(row["id"])
                target = next(each for each in self.shards if each.partition == row["partition"])
                target.append(None, value=row["value"])

    async def _rebalance(self, number):
        """A worker that does not know that another one has counted since."""
        shard = self.shards[number]
        if self.positions[number]:
            assert await shard.count(0, 1) == Fenced()

    async def _told(self):
        """The last word of usage.aggregated about each row and its values."""
        told, points = {}, {}
        for shard in self.shards:
            for record in await shard.told():
                for state in record.states:
                    told[_row(shard, state)] = (state.event_count, state.version, int(state.digest, 16))
                for point in record.points:
                    points[_row(shard, point), bytes.fromhex(point.value_hash)] = point.present
        return {
            row: (*said, frozenset(value for (its, value), present in points.items() if its == row and present))
            for row, said in told.items()
        }

    def _event(self, shard, key, window, size, region, in_backfill):
        shard.use(
            str(key),
            amount=size,
            at=shard.log[0].appended_at + timedelta(minutes=15 * window, seconds=int(float(size))),
            metrics=self.metrics.values(),
            properties={"size": size, "region": region},
        )
        event = decode(EVENTS_RAW, shard.log.pop().value, EVENTS_RAW.schema.encode())
        return msgspec.structs.replace(event, backfill_id=self.backfill_id if in_backfill else None)

    def _amendment(self, key, base, which, window, size, region, feeds):
        at = self.shards[0].log[0].appended_at + timedelta(minutes=15 * window, seconds=which)
        fed = {
            "all": None,
            "grouped": tuple(metric_id for metric_id, metric in self.metrics.items() if metric.group_by),
            "none": (),
        }[feeds]
        return amend(
            self.org_id,
            str(key),
            base=base,
            amount=size if which else None,
            properties={"size": size, "region": region},
            occurred_at=at if window else None,
            metric_ids=fed,
        )


def _row(shard, told):
    group = msgspec.json.encode(dict(sorted(told.group.items()))).decode()
    return shard.partition, told.metric_id, told.customer_id, told.window_start_at, group


def _metrics(org_id):
    kinds = [(aggregation, ()) for aggregation in AGGREGATIONS] + [("MAX", ("region",)), ("LATEST", ("region", "size"))]
    kinds.append(("UNIQUE", ("region",)))
    return {
        (metric_id := uuid5(org_id, f"metric {number}")): MetricRecord(
            org_id=org_id,
            metric_id=metric_id,
            code=f"M{number}",
            event_name="API_CALL",
            aggregation=aggregation,
            value_property="size" if number % 2 or aggregation == "UNIQUE" else None,
            filters=(),
            group_by=group_by,
            status="active",
            active_from=NOON,
            created_at=NOON,
            version=1,
        )
        for number, (aggregation, group_by) in enumerate(kinds)
    }
