"""Columns of many rows as parameters of one statement.

As one text each: the driver takes several times as long for an array of as many values. Texts that may hold a comma go as arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from usageflow_aggregator.domain.fold import WindowKey

Column: TypeAlias = str | list[str] | list[bytes]

KEY: Final = "org_id, metric_id, customer_id, window_start_at, group_key"


def keyed(first: int) -> str:
    """SQL: the arrays of KEY from the five parameters that begin with number `first`."""
    return (
        f"string_to_array(${first}, ',')::uuid[], string_to_array(${first + 1}, ',')::uuid[], ${first + 2}::text[], "
        f"string_to_array(${first + 3}, ',')::timestamptz[], ${first + 4}::text[]"
    )


def joined(values: Iterable[str]) -> str:
    """One text for a whole column; an empty value for NULL."""
    return ",".join(values)


def key_columns(keys: Sequence[WindowKey]) -> list[Column]:
    """The five parameters of KEY."""
    # Few of each, and written anew they would cost more than everything else here.
    ids = _Ids()
    times = _Times()
    return [
        joined([ids[key.org_id] for key in keys]),
        joined([ids[key.metric_id] for key in keys]),
        [key.customer_id for key in keys],
        joined([times[key.window_start_at] for key in keys]),
        [key.group_key for key in keys],
    ]


class _Ids(dict[UUID, str]):
    def __missing__(self, key: UUID) -> str:
        text = self[key] = str(key)
        return text


class _Times(dict[datetime, str]):
    def __missing__(self, key: datetime) -> str:
        text = self[key] = key.isoformat()
        return text
