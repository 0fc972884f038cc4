"""When a metric begins to count, and begins again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from usageflow_ingest.domain.metrics import AlreadySo, Metric, change_status, merge_metadata

MADE = datetime(2026, 3, 4, 10, tzinfo=UTC)


def metric(**changes: object) -> Metric:
    members = {
        "org_id": UUID(int=1),
        "metric_id": UUID(int=2),
        "code": "API_CALL",
        "name": "API calls",
        "description": None,
        "unit": None,
        "event_name": "API_CALL",
        "aggregation": "SUM",
        "value_property": None,
        "filters": (),
        "group_by": (),
        "status": "archived",
        "active_from": MADE,
        "metadata": {},
        "created_at": MADE,
        "version": 2,
    }
    return Metric(**(members | changes))  # type: ignore[arg-type]  # the members above have its types


@pytest.mark.parametrize(
    ("shares_its_event", "begins_at"), [(False, MADE), (True, MADE + timedelta(days=1, seconds=60))]
)
def test_a_metric_that_shares_its_event_counts_again_a_minute_later(
    shares_its_event: bool, begins_at: datetime
) -> None:
    again = change_status(metric(), "active", MADE + timedelta(days=1), shares_its_event=shares_its_event)
    assert isinstance(again, Metric)
    assert (again.status, again.active_from, again.version) == ("active", begins_at, 3)


def test_a_metric_that_is_archived_keeps_its_beginning() -> None:
    archived = change_status(metric(status="active"), "archived", MADE + timedelta(days=1), shares_its_event=True)
    assert isinstance(archived, Metric)
    assert (archived.status, archived.active_from) == ("archived", MADE)
    assert change_status(archived, "archived", MADE, shares_its_event=True) == AlreadySo("archived")


@pytest.mark.parametrize(
    ("patch", "merged"),
    [
        ({}, {"a": "1", "b": "2"}),
        ({"a": None}, {"b": "2"}),
        ({"a": "3", "c": "4"}, {"a": "3", "b": "2", "c": "4"}),
        ({"nobody": None}, {"a": "1", "b": "2"}),
        (None, {}),
        ({str(number): "x" for number in range(49)}, None),
        ({str(number): "x" for number in range(49)} | {"a": None}, {"b": "2"} | {str(n): "x" for n in range(49)}),
    ],
)
def test_metadata_is_merged_as_a_merge_patch(
    patch: dict[str, str | None] | None, merged: dict[str, str] | None
) -> None:
    assert merge_metadata({"a": "1", "b": "2"}, patch) == merged
