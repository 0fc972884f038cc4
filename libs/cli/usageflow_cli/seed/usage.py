"""Usage with a rhythm: more by day than by night, less at weekends, growing slowly, with noise. The same seed gives the same events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final

OFFICE: Final = (1, 1, 1, 1, 2, 3, 5, 9, 14, 16, 15, 13, 11, 13, 15, 14, 12, 9, 6, 5, 4, 3, 2, 1)
"""How busy each hour of a working day is (UTC)."""

STEADY: Final = (6, 5, 5, 5, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 8, 8, 7, 6)
REGIONS: Final = ("eu-central", "us-east", "ap-south")
MODELS: Final = ("large-3", "small-3", "embed-2", "vision-1")
CHANNELS: Final = ("email", "push", "sms")


@dataclass(frozen=True, slots=True)
class Habit:
    """What a customer does with one metric: events a day, a typical amount of each, weekends in percent, growth a month in percent."""

    metric: str
    events_a_day: int
    amount: int = 1
    weekend: int = 30
    growth: int = 6
    hours: tuple[int, ...] = OFFICE


def events_of(
    seed: int, customer_id: str, habit: Habit, span: tuple[datetime, datetime], first: date
) -> Iterator[dict[str, Any]]:
    """The events of [start, end), as bodies of requests. `first` is the day from which growth counts."""
    start, end = span
    day = start.astimezone(UTC).date()
    while day <= end.astimezone(UTC).date():
        random = Random(f"{seed}/{customer_id}/{habit.metric}/{day}")  # noqa: S311 - a rhythm, not a secret
        for at, event in _day(random, customer_id, habit, day, first):
            if start <= at < end:
                yield event
        day += timedelta(days=1)


def _day(
    random: Random, customer_id: str, habit: Habit, day: date, first: date
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    trend = (1 + habit.growth / 100) ** ((day - first).days / 30)
    weekday = 1.0 if day.weekday() < 5 else habit.weekend / 100
    count = max(1, round(habit.events_a_day * weekday * random.uniform(0.8, 1.2)))
    midnight = datetime.combine(day, time(), UTC)
    for number in range(count):
        hour = random.choices(range(24), habit.hours)[0]
        at = midnight + timedelta(seconds=hour * 3600 + random.randrange(3600))
        size = max(1, round(habit.amount * trend * math.exp(random.gauss(0, 0.35))))
        yield (
            at,
            {
                "metric": _EVENT_NAMES.get(habit.metric, habit.metric),
                "customerId": customer_id,
                "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "idempotencyKey": f"{habit.metric}-{customer_id}-{day:%Y%m%d}-{number}".lower(),
                **_measured(random, habit.metric, customer_id, size),
            },
        )


def _measured(random: Random, metric: str, customer_id: str, size: int) -> dict[str, Any]:
    """The amount or the properties that the metric counts."""
    match metric:
        case "API_CALL":
            return {"amount": size, "properties": {"region": random.choices(REGIONS, (6, 3, 1))[0]}}
        case "LLM_TOKENS":
            return {"properties": {"model": random.choices(MODELS, (5, 8, 3, 1))[0], "tokens": size}}
        case "STORAGE":
            return {"properties": {"gb": f"{size}.{random.randrange(10)}"}}
        case "ACTIVE_USER":
            return {"properties": {"userId": f"{customer_id}-{random.randrange(size * 4)}"}}
        case _:
            return {"properties": {"channel": random.choices(CHANNELS, (6, 3, 2))[0]}}


_EVENT_NAMES: Final = {"LLM_TOKENS": "LLM_CALL"}


@dataclass(slots=True)
class Tally:
    """What was sent, counted here as the metrics count it: the figures that the API must give."""

    metrics: set[str]
    sums: dict[str, int]
    users: set[str]
    largest_gb: float

    @classmethod
    def empty(cls) -> Tally:
        """Nothing yet."""
        return cls(set(), {}, set(), 0.0)

    def add(self, sent: Iterable[dict[str, Any]]) -> None:
        """Count these, too."""
        for event in sent:
            self._add(event, event.get("properties", {}))

    def expected(self) -> dict[str, str]:
        """Metric → its value as the API writes it, over the whole story."""
        values = {name: str(total) for name, total in self.sums.items()}
        values |= {"ACTIVE_USER": str(len(self.users)), "STORAGE": f"{self.largest_gb:.1f}".removesuffix(".0")}
        return {name: values[name] for name in sorted(self.metrics)}

    def _add(self, event: dict[str, Any], properties: dict[str, Any]) -> None:
        metric = "LLM_TOKENS" if event["metric"] == "LLM_CALL" else event["metric"]
        self.metrics.add(metric)
        if metric == "ACTIVE_USER":
            self.users.add(properties["userId"])
        elif metric == "STORAGE":
            self.largest_gb = max(self.largest_gb, float(properties["gb"]))
        else:
            amount = event["amount"] if metric == "API_CALL" else properties.get("tokens", 1)
            self.sums[metric] = self.sums.get(metric, 0) + int(amount)
