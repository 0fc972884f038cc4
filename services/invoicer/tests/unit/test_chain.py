"""Only an unbroken chain of records is applied."""

from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.records import UsageAggregated
from usageflow_invoicer.domain.chain import Gap, NotReadable, Read, Standing, plan_batch

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
