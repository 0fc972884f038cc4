"""What filters may ask, and the one form in which they are kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_common.metering import Operator, holds
from usageflow_common.records import MetricFilter
from usageflow_ingest.domain.filtering import NotAValue, canonical_value


@pytest.mark.parametrize(
    ("operator", "value", "kept"),
    [
        ("equals", "eu", "eu"),
        ("equals", "", ""),
        ("equals", 200, "200"),
        ("equals", Decimal("1.50"), "1.5"),
        ("equals", Decimal("1E+3"), "1000"),
        ("equals", True, True),
        ("in", ["200", 201, False], ["200", "201", False]),
        ("exists", True, True),
        ("exists", False, False),
        ("exists", None, True),
        ("gt", 10, "10"),
        ("gte", Decimal("-0.10"), "-0.1"),
        ("lt", "5.0", "5"),
        ("lte", Decimal("-0"), "0"),
    ],
)
def test_values_are_kept_in_canonical_form(operator: Operator, value: Any, kept: Any) -> None:
    found = canonical_value(operator, value)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("operator", "value", "code"),
    [
        ("equals", None, "required"),
        ("equals", ["eu"], "invalid_type"),
        ("equals", {"a": 1}, "invalid_type"),
        ("equals", "x" * 513, "too_long"),
        ("equals", Decimal("1E-13"), "too_precise"),
        ("equals", Decimal("1E+400000"), "out_of_range"),
        ("equals", 10**20, "out_of_range"),
        ("in", None, "required"),
        ("in", "eu", "invalid_type"),
        ("in", [], "out_of_range"),
        ("in", [str(n) for n in range(101)], "out_of_range"),
        ("in", [["eu"]], "invalid_type"),
        ("in", [None], "required"),
        ("in", [1, Decimal("1.0")], "duplicate"),
        ("in", [True, "true"], "duplicate"),
        ("exists", "true", "invalid_type"),
        ("exists", 1, "invalid_type"),
        ("gt", None, "required"),
        ("gt", True, "invalid_type"),
        ("gt", "ten", "invalid_value"),
        ("lt", [1], "invalid_type"),
    ],
)
def test_what_an_operator_cannot_take_is_named(operator: Operator, value: Any, code: str) -> None:
    found = canonical_value(operator, value)
    assert isinstance(found, NotAValue)
    assert found.code == code


_SCALARS = st.one_of(
    st.booleans(),
    st.text(max_size=4),
    st.integers(-1000, 1000),
    st.decimals(-10, 10, places=2),
    st.sampled_from(["1", "1.0", "true"]),
)


@given(_SCALARS, _SCALARS | st.none())
def test_the_kept_form_matches_what_the_given_one_does(value: Any, found: Any) -> None:
    for operator in ("equals", "gt", "gte", "lt", "lte"):
        kept = canonical_value(operator, value)
        if not isinstance(kept, NotAValue):
            given_filter = MetricFilter(property="p", operator=operator, value=value)
            kept_filter = MetricFilter(property="p", operator=operator, value=kept)
            assert holds([given_filter], {"p": found}) == holds([kept_filter], {"p": found})
