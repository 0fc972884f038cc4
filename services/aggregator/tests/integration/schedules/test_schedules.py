"""The protocol's schedules over the real code and a real PostgreSQL: nothing that two workers, crashes, rotations and restores do loses an event.

By hand: SCHEDULES=5000 SCHEDULES_FIRST=1000 (how many, and the first seed).
"""

from __future__ import annotations

import itertools
import os
import re

import pytest
from schedule_play import draw, play, seeds_of, shorten, told

SCHEDULES = int(os.environ.get("SCHEDULES", "150"))
FIRST = int(os.environ.get("SCHEDULES_FIRST", "0"))


@pytest.mark.timeout(max(240, SCHEDULES))
async def test_no_schedule_of_two_workers_loses_or_doubles_an_event(stage):
    failed = []
    for seed in range(FIRST, FIRST + SCHEDULES):
        violation, steps = await play(stage, seed, draw(seed))
        if violation is not None:
            failed.append(told(seed, violation, await shorten(stage, seed, steps)))
            if len(failed) == 3:
                break
    assert failed == [], "\n\n".join(failed)


async def test_a_schedule_replays(stage):
    first = await play(stage, 7, draw(7))

    assert await play(stage, 7, draw(7)) == first
    assert len(first[1]) > 10


def without_the_advisory_lock(statement):
    return statement.replace("SELECT pg_advisory_xact_lock_shared($1)", "SELECT $1::bigint")


def without_the_position(statement):
    return statement.replace("AND next_offset = $2", "AND $2::bigint IS NOT NULL")


def without_the_generation(statement):
    return statement.replace("AND generation = $4 AND", "AND $4::bigint IS NOT NULL AND")


def without_older_generations(statement):
    return re.sub(r"old\.generation < \$\d+", r"\g<0> AND false", statement)


def rotation_after(statements):
    """Two copies of one event in two partitions; the ledger rotates while the first worker stands in the middle of its transaction."""
    both_fetch = [("assign", 0, 0), ("fetch", 0, 3), ("assign", 1, 1), ("fetch", 1, 3)]
    first, second = [("step", 0)], [("step", 1)]
    return [("send", 0, 0), ("send", 0, 1), *both_fetch, *first * statements, ("rotate",), *second * 40, *first * 40]


STATEMENTS_MAX = 16


async def test_the_ledger_may_rotate_between_any_two_statements(stage):
    for statements in range(STATEMENTS_MAX):
        violation, _ = await play(stage, 0, rotation_after(statements))
        assert violation is None, f"rotation after {statements} statements: {violation}"


async def test_without_the_advisory_lock_a_rotation_counts_an_event_twice(stage):
    """The rule of the key ledger switched off: somewhere between two statements it shows."""
    violations = [
        (await play(stage, 0, rotation_after(statements), without_the_advisory_lock))[0]
        for statements in range(STATEMENTS_MAX)
    ]

    assert any("counted 2 times" in violation for violation in violations if violation is not None)


# (rule, the kind of world in which it shows, and after how many of them at the latest)
MUTATIONS = (
    (without_the_position, "copies", 60),
    (without_the_generation, "restore", 100),
    (without_older_generations, "copies", 40),
)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("mutation", "kind", "worlds"), MUTATIONS, ids=[each[0].__name__ for each in MUTATIONS])
async def test_a_rule_that_is_switched_off_is_caught(stage, mutation, kind, worlds):
    """The schedules can fail: each rule off in turn, they do."""
    for seed in itertools.islice(seeds_of(kind), worlds):
        violation, _ = await play(stage, seed, draw(seed), mutation)
        if violation is not None:
            return
    pytest.fail("no schedule noticed")
