"""The events as corrected below a cut, and the metric's words said in SQL, against plain Python."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usageflow_aggregator.service.days import make_days
from usageflow_aggregator.store import effective
from usageflow_common.database import json_text, raw, transaction
from usageflow_common.ids import event_id as identity
from usageflow_common.ids import new_id
from usageflow_common.metering import canonical_text, group_key, group_of, numeric

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVENT_COLUMNS = (
    "org_id, partition, log_offset, event_id, idempotency_key, metric, metric_ids, amount, customer_id, occurred_at,"
    " occurred_at_given, properties, salt, event_hash, received_at, appended_at, backfill_id, day"
)


@dataclass(frozen=True)
class Fact:
    """An event as it stands at some moment."""

    event_id: UUID
    amount: Decimal
    occurred_at: object
    revision: int


class Log:
    """Partitions with random events, corrections of them and reverts, inserted as counting would, and remembered offset by offset."""

    def __init__(self, seed, org_id, *, partitions=2, records=60):
        self.org_id = org_id
        self.random = random.Random(seed)  # noqa: S311 -- chance, not secrecy
        self.backfill_id = new_id()
        self.ends = dict.fromkeys(range(partitions), records)
        self.history = {partition: [] for partition in range(partitions)}
        self.events, self.corrections, self.reverts = [], [], []
        for partition in range(partitions):
            self._write(partition, records)

    def _write(self, partition, records):
        """One record at each offset; `history` gets what becomes of an event there: (offset, event, fact or None)."""
        live = {}
        for offset in range(records):
            history = self.history[partition]
            match self.random.choice(["use", "use", "use", "amend", "void", "revert"]):
                case "amend" | "void" as kind if live:
                    event_id = self.random.choice(sorted(live))
                    known, place, in_backfill = live[event_id]
                    fact = replace(known, amount=self._amount(), occurred_at=self._time(), revision=known.revision + 1)
                    self._correct(partition, place, offset, kind, fact)
                    history.append((offset, event_id, fact if kind == "amend" else None))
                    live[event_id] = (fact, place, in_backfill)
                    if kind == "void":
                        del live[event_id]
                case "revert" if offset > records // 2 and not self._is_reverted(partition):
                    self.reverts.append((partition, offset))
                    for event_id in [each for each, (_, _, in_backfill) in live.items() if in_backfill]:
                        history.append((offset, event_id, None))
                        del live[event_id]
                case _:
                    in_backfill = self.random.random() < 0.3
                    fact = Fact(identity(self.org_id, f"{partition}-{offset}"), self._amount(), self._time(), 1)
                    self.events.append((partition, offset, fact, self.backfill_id if in_backfill else None))
                    if in_backfill and self._is_reverted(partition):
                        continue
                    live[fact.event_id] = (fact, offset, in_backfill)
                    history.append((offset, fact.event_id, fact))

    def _correct(self, partition, place, offset, kind, fact):
        whole = (fact.amount, fact.occurred_at, "{}", [new_id()], bytes(32)) if kind == "amend" else (None,) * 5
        customer, actor = "user_123", json_text({"type": "user", "id": str(new_id())})
        self.corrections.append(
            (self.org_id, partition, place, fact.revision, fact.event_id, customer, new_id(), offset, kind, *whole,
             "wrong", actor, NOON, NOON, NOON.date())
        )  # fmt: skip

    def _is_reverted(self, partition):
        return partition in [each for each, _ in self.reverts]

    def _amount(self):
        return Decimal(self.random.randrange(100))

    def _time(self):
        return NOON + timedelta(minutes=self.random.randrange(180))

    def standing(self, cut, start, stop):
        """The facts below the cut whose time lies in the range."""
        facts = {
            event_id: fact
            for partition, history in self.history.items()
            for offset, event_id, fact in history
            if offset < cut.get(partition, 0)
        }
        return {fact for fact in facts.values() if fact is not None and start <= fact.occurred_at < stop}

    async def store(self, engine):
        """Insert everything."""
        rows = [
            (self.org_id, partition, offset, fact.event_id, f"{partition}-{offset}", "API_CALL", [new_id()], fact.amount,
             "user_123", fact.occurred_at, True, "{}", bytes(16), bytes(32), NOON, NOON, backfill_id,
             NOON.date())
            for partition, offset, fact, backfill_id in self.events
        ]  # fmt: skip
        await make_days(engine, [NOON.date()])
        async with transaction(engine) as tx:
            connection = await raw(tx)
            await connection.executemany(_insert("usage_events", EVENT_COLUMNS, 18), rows)
            columns = (
                "org_id, partition, log_offset, revision, event_id, customer_id, correction_id, correction_offset, kind,"
                " amount, occurred_at, properties, metric_ids, event_hash, reason, actor, received_at, appended_at, day"
            )
            await connection.executemany(_insert("event_corrections", columns, 19), self.corrections)
            reverts = [
                (self.org_id, self.backfill_id, partition, 0, 0, new_id(), offset) for partition, offset in self.reverts
            ]
            columns = "org_id, backfill_id, shard, counted, reverted, reverted_by, reverted_offset"
            await connection.executemany(_insert("backfill_counts", columns, 7), reverts)


def _insert(table, columns, count):
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f'${n}' for n in range(1, count + 1))})"


@pytest.mark.parametrize("seed", range(12))
async def test_events_are_found_as_corrected_below_any_cut(database, seed):
    log = Log(seed, new_id())
    await log.store(database.engine)
    for _ in range(12):
        cut = {partition: log.random.randrange(end + 1) for partition, end in log.ends.items()}
        if log.random.random() < 0.2:
            cut.pop(0)
        start = log._time()
        stop = start + timedelta(minutes=log.random.randrange(1, 120))

        below = await _read(database.engine, log.org_id, start, stop, cut)
        now = await _read(database.engine, log.org_id, start, stop)

        assert below == log.standing(cut, start, stop)
        assert now == log.standing(log.ends, start, stop)


async def test_where_nothing_was_corrected_corrections_are_looked_at_once_and_not_for_each_event(database):
    org_id = new_id()
    await make_days(database.engine, [NOON.date()])
    async with transaction(database.engine) as tx:
        connection = await raw(tx)
        statement = f"""
            INSERT INTO usage_events ({EVENT_COLUMNS})
            SELECT $1::uuid, 0, n, gen_random_uuid(), n::text, 'API_CALL', ARRAY[$1::uuid], 1, 'user_123', $2, true, '{{}}',
                   $3, $4, $2, $2, NULL, $2::timestamptz::date FROM generate_series(1, 20000) AS n"""
        await connection.execute(statement, org_id, NOON, bytes(16), bytes(32))
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("ANALYZE aggregator.usage_events")
    await owner.close()
    async with transaction(database.engine) as tx:
        connection = await raw(tx)
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {_statement(None)}"
        plan = await connection.fetchval(explain, org_id, NOON, NOON + timedelta(days=31))

    loops = [
        node["Actual Loops"]
        for node in _nodes(plan if isinstance(plan, list) else json.loads(plan))
        if node.get("Relation Name") in {"event_corrections", "backfill_counts"}
    ]
    assert loops
    assert max(loops) <= 1, loops


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.decimals(allow_nan=False, allow_infinity=False, places=14, min_value=-(10**6), max_value=10**6),
    st.sampled_from(
        [Decimal("1.0"), Decimal("1E+3"), Decimal("-0.0"), Decimal("1E-13"), Decimal("0.10"), 0, "-0", "007"]
    ),
    st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,15})?", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=130),
)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(VALUES, min_size=1, max_size=60), salt=st.binary(min_size=32, max_size=32))
async def test_texts_numbers_groups_and_hashes_are_those_of_the_metering_words(database, values, salt):
    properties = [{"a": value, "b": values[-1]} if value is not None else {"b": values[-1]} for value in values]
    statement = f"""
        SELECT {effective.property_text("p", "'a'")} AS text, {effective.property_number("p", "'a'")} AS number,
               {effective.group_key("p", ["$2", "$3"])} AS group_key, {effective.value_hash("$4", "p", "'a'")} AS hash
          FROM unnest($1::jsonb[]) WITH ORDINALITY AS given (p, n) ORDER BY n"""

    async with transaction(database.engine) as tx:
        connection = await raw(tx)
        rows = await connection.fetch(statement, [json_text(each) for each in properties], "a", "b", salt)

    for row, each in zip(rows, properties, strict=True):
        text = canonical_text(each.get("a"))
        assert row["text"] == text
        assert row["number"] == numeric(each.get("a"))
        assert row["group_key"] == group_key(group_of(["a", "b"], each))
        assert row["hash"] == (hashlib.sha256(salt + text.encode()).digest()[:16] if text else None)


def _statement(cut):
    return (
        f"SELECT event_id, amount, occurred_at, revision FROM {effective.effective_events(cut)} AS event"
        " WHERE org_id = $1 AND customer_id = 'user_123' AND occurred_at >= $2 AND occurred_at < $3"
    )


async def _read(engine, org_id, start, stop, cut=None):
    given = [] if cut is None else [[cut.get(partition, 0) for partition in range(max(cut, default=-1) + 1)]]
    async with transaction(engine, read_only=True) as tx:
        connection = await raw(tx)
        statement = _statement(None if cut is None else effective.Cut("$4"))
        rows = await connection.fetch(statement, org_id, start, stop, *given)
    facts = [Fact(*row.values()) for row in rows]
    assert len(set(facts)) == len(facts)
    return set(facts)


def _nodes(plan):
    if isinstance(plan, list):
        return [node for each in plan for node in _nodes(each)]
    if "Plan" in plan:
        return _nodes(plan["Plan"])
    return [plan, *(node for each in plan.get("Plans", ()) for node in _nodes(each))]
