"""Only an unbroken chain of records is applied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.records import UsageAggregated
from usageflow_invoicer.domain.chain import Coming, Gap, NotReadable, Read, Standing, plan_batch

HERE = Standing(generation=1, applied=10)


def record(start: int | None, end: int, part: int = 1, parts: int = 1, generation: int = 1) -> UsageAggregated:
    return UsageAggregated(generation=generation, partition=0, from_=start, next=end, part=part, parts=parts)


def batch(*records: UsageAggregated | NotReadable, asked: int = 100) -> list[Read]:
    return [Read(asked + index, each) for index, each in enumerate(records)]


def test_records_that_continue_the_chain_are_applied_in_order():
    first, second = record(10, 12), record(12, 20)
    plan = plan_batch(HERE, batch(first, second), 100)
    assert (plan.records, plan.standing.applied, plan.position, plan.stop) == ((first, second), 20, 102, None)


def test_a_duplicate_is_passed_over():
    plan = plan_batch(HERE, batch(record(5, 10), record(1, 4), record(10, 11)), 100)
    assert (len(plan.records), plan.standing.applied, plan.position) == (1, 11, 103)


def test_a_gap_stops_before_it_and_what_stands_before_is_applied():
    plan = plan_batch(HERE, batch(record(10, 12), record(13, 14)), 100)
    assert (plan.standing.applied, plan.position) == (12, 101)
    assert isinstance(plan.stop, Gap)


def test_a_record_that_overlaps_what_was_applied_is_a_gap_too():
    assert isinstance(plan_batch(HERE, batch(record(9, 12)), 100).stop, Gap)


def test_a_lower_generation_is_passed_over_and_a_higher_one_stops():
    plan = plan_batch(HERE, batch(record(10, 12, generation=0), record(10, 12, generation=2)), 100)
    assert (plan.records, plan.standing.applied, plan.position) == ((), 10, 101)
    assert isinstance(plan.stop, Gap)


def test_a_record_nobody_can_read_stops():
    plan = plan_batch(HERE, batch(record(10, 12), NotReadable("schema")), 100)
    assert (plan.standing.applied, plan.position, plan.stop) == (12, 101, NotReadable("schema"))


def test_parts_wait_for_the_last_one_and_the_position_waits_with_them():
    one, two, three = (record(10, 12, part, 3) for part in (1, 2, 3))
    waiting = plan_batch(HERE, batch(one, two), 100)
    assert (waiting.records, waiting.standing.applied, waiting.position, waiting.stop) == ((), 10, 100, None)
    whole = plan_batch(HERE, batch(one, two, three), 100)
    assert (whole.records, whole.standing.applied, whole.position) == ((one, two, three), 12, 103)


def test_parts_that_a_relay_sent_twice_are_counted_once():
    one, two, three = (record(10, 12, part, 3) for part in (1, 2, 3))
    plan = plan_batch(HERE, batch(one, two, two, one, three, three), 100)
    assert (plan.records, plan.standing.applied, plan.position) == ((one, two, three), 12, 106)


def test_parts_of_two_different_records_are_never_mixed():
    assert isinstance(plan_batch(HERE, batch(record(10, 12, 1, 2), record(10, 13, 2, 2)), 100).stop, Gap)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.data())
def test_any_replay_applies_each_record_once(lengths, data):
    """Records re-read from any earlier place, as after a crash of relay or consumer, change nothing."""
    chain, at = [], 10
    for length in lengths:
        chain.append(record(at, at + length))
        at += length
    replayed = []
    for index, each in enumerate(chain):
        replayed.append(each)
        back = data.draw(st.integers(0, index))
        replayed.extend(chain[back : index + 1])
    plan = plan_batch(HERE, batch(*replayed), 100)
    assert (plan.records, plan.standing.applied, plan.stop) == (tuple(chain), at, None)


def shard(part: int, parts: int, generation: int = 2, end: int = 30) -> UsageAggregated:
    return record(None, end, part, parts, generation)


def opening(at: int = 10, after: int = 1, generation: int = 2, part: int = 1, parts: int = 1) -> UsageAggregated:
    return UsageAggregated(
        generation=generation, partition=0, from_=at, next=at, part=part, parts=parts, opens_after=after
    )


def test_a_generation_is_opened_where_the_one_before_it_ends_and_goes_on_from_there():
    first, second = opening(), record(10, 12, generation=2)
    plan = plan_batch(HERE, batch(first, second, opening(), record(12, 13)), 100)
    assert (plan.records, plan.standing, plan.position) == ((first, second), Standing(2, 12), 104)
    assert (plan.stop, plan.replaces) == (None, None)


def test_an_opening_in_parts_is_applied_with_its_last_one():
    parts = [opening(part=part, parts=3) for part in (1, 2, 3)]
    assert plan_batch(HERE, batch(*parts[:2]), 100).standing == HERE
    plan = plan_batch(HERE, batch(*parts), 100)
    assert (plan.records, plan.standing) == (tuple(parts), Standing(2, 10))


@pytest.mark.parametrize("wrong", [opening(at=11), opening(after=0), record(10, 12, generation=2)])
def test_a_higher_generation_that_is_not_opened_here_is_a_gap(wrong):
    plan = plan_batch(HERE, batch(wrong), 100)
    assert (plan.standing, plan.position) == (HERE, 100)
    assert isinstance(plan.stop, Gap)


def test_a_shard_is_applied_part_by_part_and_stands_with_its_last_one():
    one, two, three = (shard(part, 3) for part in (1, 2, 3))
    begun = plan_batch(HERE, batch(one, one, two), 100)
    assert (begun.records, begun.position, begun.replaces) == ((one, two), 103, None)
    assert begun.standing == Standing(1, 10, Coming(2, 2))
    ended = plan_batch(begun.standing, batch(two, three, three, record(30, 31, generation=2), asked=103), 103)
    assert (ended.records[0], ended.standing, ended.replaces) == (three, Standing(2, 31), 2)


def test_a_shard_without_one_of_its_parts_is_a_gap():
    plan = plan_batch(HERE, batch(shard(1, 3), shard(3, 3)), 100)
    assert (plan.position, plan.standing.coming) == (101, Coming(2, 1))
    assert isinstance(plan.stop, Gap)
    beside = plan_batch(plan.standing, batch(record(30, 31, generation=2)), 100)
    assert isinstance(beside.stop, Gap)


def test_a_shard_that_begins_anew_takes_the_place_of_one_that_never_ended():
    half = Standing(1, 10, Coming(2, 1))
    newer = [shard(part, 2, generation=3, end=40) for part in (1, 2)]
    plan = plan_batch(half, batch(*newer, shard(2, 3)), 100)
    assert (plan.records, plan.standing, plan.replaces) == (tuple(newer), Standing(3, 40), 3)


def test_behind_a_gap_only_a_whole_shard_helps():
    broken = NotReadable("schema")
    behind = [
        record(15, 16),
        broken,
        record(10, 12),
        shard(2, 2),
        shard(1, 1, generation=1),
        *map(shard, (1, 2), (2, 2)),
    ]
    plan = plan_batch(HERE, batch(*behind, record(30, 32, generation=2)), 100)
    assert (plan.stop, plan.standing, plan.replaces, len(plan.records)) == (None, Standing(2, 32), 2, 3)
    unhelped = plan_batch(HERE, batch(*behind[:5]), 100)
    assert (unhelped.records, unhelped.position) == ((), 100)
    assert isinstance(unhelped.stop, Gap)
