"""The funnel is bounded, and nobody can fill it alone."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.kafka.admission import EMPTY, Admission, Load

LOUD, QUIET = UUID(int=1), UUID(int=2)
organizations = st.sampled_from([UUID(int=number) for number in range(6)])
loads = st.builds(Load, st.integers(1, 40), st.integers(0, 4_000))


def test_one_organization_may_fill_a_quarter():
    admission = Admission(Load(messages=100, bytes=10_000))

    assert admission.admit(LOUD, Load(25, 25))
    assert not admission.admit(LOUD, Load(1, 1))
    assert admission.admit(QUIET, Load(25, 25))


def test_bytes_count_as_messages_do():
    admission = Admission(Load(messages=100, bytes=10_000))

    assert not admission.admit(LOUD, Load(1, 2_501))
    assert admission.admit(LOUD, Load(1, 2_500))


def test_room_that_was_left_can_be_taken_again():
    admission = Admission(Load(messages=100, bytes=10_000))
    assert admission.admit(LOUD, Load(25, 100))

    admission.leave(LOUD, Load(5, 20))

    assert admission.admit(LOUD, Load(5, 20))
    assert not admission.admit(LOUD, Load(1, 0))


@given(st.lists(st.tuples(organizations, loads)))
def test_what_is_inside_never_exceeds_the_capacity_and_nothing_stays_behind(arrivals: list[tuple[UUID, Load]]):
    capacity = Load(messages=100, bytes=10_000)
    admission = Admission(capacity)

    admitted = []
    for org_id, load in arrivals:
        if admission.admit(org_id, load):
            admitted.append((org_id, load))
        assert admission.inside.fits(capacity)
    for org_id, load in admitted:
        admission.leave(org_id, load)

    assert admission.inside == EMPTY
