"""The filters of a metric: which events of its name it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Final, Literal, TypeAlias

from usageflow_common.metering.properties import Properties, PropertyValue, canonical_text, numeric
from usageflow_common.records import MetricFilter

Operator: TypeAlias = Literal["equals", "in", "exists", "gt", "gte", "lt", "lte"]
Matches: TypeAlias = Callable[[Properties], bool]

_COMPARE: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def holds(filters: Sequence[MetricFilter], properties: Properties) -> bool:
    """Whether all filters hold: `equals` and the comparisons have one value, `in` a list of them, `exists` true or false.

    A missing or null property fulfils only `exists: false`; what is no number fulfils no comparison.
    """
    return matcher(filters)(properties)


def matcher(filters: Sequence[MetricFilter]) -> Matches:
    """The same question, prepared for many events."""
    tests = [(one.property, _test_of(one)) for one in filters]
    return lambda properties: all(test(properties.get(name)) for name, test in tests)


def _test_of(one: MetricFilter) -> Callable[[PropertyValue], bool]:
    if one.operator == "exists":
        wanted = one.value is not False
        return lambda found: (found is not None) is wanted
    if one.operator in {"equals", "in"}:
        values = one.value if one.operator == "in" else (one.value,)
        texts = frozenset(canonical_text(value) for value in values)
        return lambda found: found is not None and canonical_text(found) in texts
    bound, compare = numeric(one.value), _COMPARE[one.operator]

    def compares(found: PropertyValue) -> bool:
        number = numeric(found)
        return number is not None and bound is not None and compare(number, bound)

    return compares
