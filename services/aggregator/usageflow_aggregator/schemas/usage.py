"""The shapes of a usage query and its answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from usageflow_common.civil import WindowSize
from usageflow_common.wire import ExactDecimal, Instant, QueryModel, ResponseModel, TimeZone


class UsageQuery(QueryModel):
    """`from` and `to` are instants, or dates that mean midnight in `timeZone`. `group.<key>` filters by a group-by key of the metric."""

    # The names of group.<key> parameters are the metric's; the route judges them.
    model_config = ConfigDict(extra="ignore")

    metric: Annotated[str, Field(min_length=1, max_length=255)]
    from_: Annotated[str, Field(alias="from", max_length=64)]
    to: Annotated[str, Field(max_length=64)]
    window_size: WindowSize = WindowSize.NONE
    time_zone: TimeZone | None = None
    group_by: Annotated[str | None, Field(max_length=512)] = None
    customer_id: Annotated[str | None, Field(max_length=4096)] = None
    compare: Literal["previous_period"] | None = None
    order: Literal["window", "-value"] = "window"
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    cursor: str | None = None


class UsageRow(ResponseModel):
    """One window of one group; an end of the range cuts the first and the last window. `value` is null where there is none to tell."""

    window_start: Instant
    window_end: Instant
    group: dict[str, str]
    value: ExactDecimal | None
    event_count: int


class UsageTotal(ResponseModel):
    """The whole range."""

    value: ExactDecimal | None
    event_count: int


class PreviousUsage(ResponseModel):
    """The period before: the windows and groups that the page has, and its own total."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    data: list[UsageRow]
    total: UsageTotal


class UsageAnswer(ResponseModel):
    """`countedThrough`: whatever was accepted before this instant is in the answer."""

    metric: str
    aggregation: str
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    window_size: WindowSize
    time_zone: str
    group_by: list[str]
    data: list[UsageRow]
    total: UsageTotal
    previous: PreviousUsage | None
    change: ExactDecimal | None
    counted_through: Instant
    next_cursor: str | None
