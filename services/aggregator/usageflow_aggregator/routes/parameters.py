"""The query parameters that mean something only beside a metric or a clock: read here, and refused with their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from usageflow_aggregator.domain.asking import CUSTOMER, Asked
from usageflow_aggregator.schemas.usage import UsageQuery
from usageflow_aggregator.tenants import KnownMetric
from usageflow_common.civil import WindowSize
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.wire import is_customer_id, parse_instant

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FILTER: Final = "group."
_FILTER_CHARACTERS_MAX: Final = 4_096


def ask(metric: KnownMetric, query: UsageQuery, parameters: Mapping[str, str], value_salt: bytes) -> Asked:
    """What the query asks of the metric; ValidationFailed names each parameter that the metric has no use for."""
    keys = tuple(sorted(metric.record.group_by))
    dimensions = tuple(query.group_by.split(",")) if query.group_by else ()
    filters = {name.removeprefix(_FILTER): value for name, value in parameters.items() if name.startswith(_FILTER)}
    errors = [
        *_wrong_dimensions(dimensions, keys),
        *(
            FieldError(f"query.{_FILTER}{key}", "unknown_field", "Is no key of the metric")
            for key in filters
            if key not in keys
        ),
        *(
            FieldError(f"query.{_FILTER}{key}", "too_long", f"At most {_FILTER_CHARACTERS_MAX} characters")
            for key, value in filters.items()
            if len(value) > _FILTER_CHARACTERS_MAX
        ),
    ]
    if query.order == "-value" and query.window_size is not WindowSize.NONE:
        errors.append(FieldError("query.order", "invalid_value", "-value needs windowSize=none"))
    if errors:
        raise ValidationFailed.of(*errors[:100])
    return Asked(
        metric_id=metric.record.metric_id,
        aggregation=metric.aggregation,
        value_property=metric.record.value_property,
        group_by=keys,
        value_salt=value_salt,
        customer_ids=customers(query.customer_id),
        group_filters={key: tuple(dict.fromkeys(filters[key].split(","))) for key in sorted(filters)},
        dimensions=dimensions,
    )


def end_of_range(field: str, text: str) -> datetime | date:
    """An instant, or a date."""
    instant = parse_instant(text)
    if instant is not None:
        return instant
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    error = FieldError(f"query.{field}", "invalid_value", "An instant like 2026-03-01T00:00:00Z, or a date")
    raise ValidationFailed.of(error)


def customers(text: str | None) -> tuple[str, ...] | None:
    """Customer ids, separated by commas; None for all."""
    if text is None:
        return None
    customer_ids = tuple(dict.fromkeys(text.split(",")))
    if not all(is_customer_id(customer_id) for customer_id in customer_ids):
        raise ValidationFailed.of(FieldError("query.customerId", "invalid_value", "Customer ids, separated by commas"))
    return customer_ids


def _wrong_dimensions(dimensions: tuple[str, ...], keys: tuple[str, ...]) -> list[FieldError]:
    names = ", ".join((*keys, CUSTOMER))
    errors = [
        FieldError("query.groupBy", "invalid_value", f"Keys of the metric, separated by commas: {names}")
        for dimension in dimensions
        if dimension not in keys and dimension != CUSTOMER
    ][:1]
    if len(set(dimensions)) < len(dimensions):
        errors.append(FieldError("query.groupBy", "duplicate", "Names a key twice"))
    return errors
