"""What upkeep decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from usageflow_aggregator.domain.days import day_of
from usageflow_aggregator.domain.upkeep import (
    Generation,
    Policy,
    days_to_detach,
    days_to_make,
    generations_to_drop,
    is_full,
)
from usageflow_aggregator.settings import AggregatorSettings

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = NOW.date()


def generation(number=1, *, started, ended=None, keys=1_000):
    """A generation that began, and ended, so many days ago."""
    ended_at = None if ended is None else NOW - timedelta(days=ended)
    return Generation(number, NOW - timedelta(days=started), ended_at, keys, 0)


def test_a_week_is_made_ahead():
    assert days_to_make(date(2026, 12, 28))[0] == date(2026, 12, 28)
    assert days_to_make(date(2026, 12, 28))[-1] == date(2027, 1, 4)


def test_the_day_of_an_instant_is_that_of_utc():
    tokyo = datetime.fromisoformat("2026-11-26T08:59:59+09:00")

    assert day_of(tokyo) == date(2026, 11, 25)
    assert day_of(NOW) == TODAY


@pytest.mark.parametrize(
    ("keys", "age", "retention", "full"),
    [
        (999, 10_000, None, False),
        (1_000, 0, None, True),
        (999, 399, 800, False),
        (999, 400, 800, True),
        (0, 400, 800, False),
    ],
)
def test_a_generation_ends_by_number_and_where_keys_are_forgotten_by_age(keys, age, retention, full):
    policy = Policy(1_000, dedupe_retention_days=retention)

    assert is_full(generation(started=age, keys=keys), policy, NOW) is full


def test_generations_go_when_their_newest_key_is_too_old_and_the_present_one_never():
    generations = [
        generation(1, started=3_000, ended=1_000),
        generation(2, started=1_000, ended=700),
        generation(3, started=700),
    ]

    assert generations_to_drop(generations, Policy(1, dedupe_retention_days=800), NOW) == (1,)
    assert generations_to_drop(generations, Policy(1), NOW) == ()
    assert generations_to_drop([generation(started=9_000)], Policy(1, dedupe_retention_days=800), NOW) == ()


def test_days_are_kept_for_ever_or_as_long_as_the_policy_says():
    days = [TODAY - timedelta(days=age) for age in (0, 500, 501, 900)]

    assert days_to_detach(days, Policy(1), TODAY) == ()
    assert days_to_detach(days, Policy(1, raw_event_days=500), TODAY) == (days[3], days[2])


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        ("dedupe_retention_days", 799, "at least 800 days, twice the age"),
        ("raw_event_days", 400, "at least 401 days"),
    ],
)
def test_a_retention_that_would_forget_what_is_needed_is_refused(name, days, words):
    least = AggregatorSettings(**_settings(), **{name: days + 1})
    with pytest.raises(ValidationError, match=words):
        AggregatorSettings(**_settings(), **{name: days})

    assert getattr(least.policy, name) == days + 1


def _settings():
    secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    return {
        "kafka_bootstrap": "127.0.0.1:1",
        "database_url": "postgresql://nobody:nothing@127.0.0.1:1/none",
        "port": 1,
        "token_public_keys": {},
        "cursor_secret": secret,
        "digest_key": secret,
    }
