"""How a check comes out, and what it is compared with."""

import pytest

from usageflow_cli.doctor.findings import Finding, any_failed, bounded
from usageflow_cli.doctor.places import newest_revision
from usageflow_cli.operators import SERVICES


@pytest.mark.parametrize(("value", "grade"), [(0, "ok"), (9, "ok"), (10, "warning"), (99, "warning"), (100, "failed")])
def test_a_value_is_graded_by_its_limits_and_only_what_is_not_ok_has_a_remedy(value, grade):
    found = bounded("lag", value, seen=f"{value} records", limits=(10, 100), remedy="more workers")
    assert (found.grade, found.remedy) == (grade, "" if grade == "ok" else "more workers")
    assert any_failed([found]) == (grade == "failed")


def test_a_line_says_what_was_seen_and_what_to_do():
    assert Finding("topic a", "failed", "is missing", "migrate").line() == "failed   topic a: is missing -> migrate"
    assert Finding("kafka", "ok", "answers").line() == "ok       kafka: answers"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_names_its_newest_migration(service):
    revision = newest_revision(service)
    assert revision is not None
    assert len(revision) == len("0001")


def test_a_service_that_is_not_installed_has_no_migration_to_compare_with():
    assert newest_revision("elsewhere") is None
