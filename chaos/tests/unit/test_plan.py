"""A seed plans a storm: the same one every time, with something of everything."""

import pytest

from chaos.plan import FREEZE_SECONDS, Plan, plan_faults

EVERYTHING = {
    ("kill", "gateway-api"),
    ("kill", "ingest-api"),
    ("kill", "aggregator-worker"),
    ("kill", "aggregator-worker-2"),
    ("kill", "invoicer-worker"),
    ("kill", "webhooks-worker"),
    ("kill", "kafka"),
    ("kill", "postgres"),
    ("immediate stop", "postgres"),
    ("freeze", "aggregator-worker"),
}


def test_a_seed_replays_its_faults():
    assert plan_faults(Plan(seed=4)) == plan_faults(Plan(seed=4))
    assert plan_faults(Plan(seed=4)) != plan_faults(Plan(seed=5))


@pytest.mark.parametrize("seed", range(40))
def test_a_usual_storm_has_something_of_everything(seed):
    faults = plan_faults(Plan(seed=seed))

    assert {(each.kind, each.part) for each in faults} >= EVERYTHING
    assert [each.at_seconds for each in faults] == sorted(each.at_seconds for each in faults)


@pytest.mark.parametrize("seed", range(40))
def test_a_short_storm_freezes_one_worker_and_kills_most_of_the_rest(seed):
    faults = plan_faults(Plan(seconds=25, seed=seed))

    assert len(EVERYTHING - {(each.kind, each.part) for each in faults}) <= 3
    assert faults[0].kind == "freeze"
    assert all(each.at_seconds + each.seconds <= 25 for each in faults)


@pytest.mark.parametrize("seed", range(40))
def test_whoever_is_frozen_is_left_alone_and_nobody_else_is_frozen_meanwhile(seed):
    faults = plan_faults(Plan(seconds=600, seed=seed))

    for frozen in (each for each in faults if each.kind == "freeze"):
        end = frozen.at_seconds + FREEZE_SECONDS
        meanwhile = [each for each in faults if frozen.at_seconds < each.at_seconds < end]
        assert all(each.part != frozen.part and each.kind != "freeze" for each in meanwhile)


@pytest.mark.parametrize(
    "values", [{"seconds": 5}, {"seconds": 10**6}, {"rate": 0}, {"rate": 10**9}, {"pause_seconds": 0}]
)
def test_a_storm_is_bounded(values):
    with pytest.raises(ValueError, match=r"a storm lasts|the rate is"):
        Plan(**values)
