"""The filters of a metric: which events of its name it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Final, Literal, TypeAlias

from usageflow_common.metering.properties import Properties, PropertyValue, canonical_text, numeric
from usageflow_common.records import MetricFilter

Operator: TypeAlias = Literal["equals", "in", "exists", "gt", "gte", "lt", "lte"]

_COMPARE: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def holds(filters: Sequence[MetricFilter], properties: Properties) -> bool:
    """Whether all filters hold: `equals` and the comparisons have one value, `in` a list of them, `exists` true or false.

    A missing or null property fulfils only `exists: false`; what is no number fulfils no comparison.
    """
    return all(_holds(one, properties.get(one.property)) for one in filters)


def _holds(one: MetricFilter, found: PropertyValue) -> bool:
    if one.operator == "exists":
        return (found is not None) is (one.value is not False)
    if found is None:
        return False
    match one.operator:
        case "equals":
            return canonical_text(found) == canonical_text(one.value)
        case "in":
            return canonical_text(found) in {canonical_text(value) for value in one.value}
        case operator:
            number, bound = numeric(found), numeric(one.value)
            return number is not None and bound is not None and _COMPARE[operator](number, bound)
