"""The shapes of the invoicer's proofs: which events, and what they amount to when they are counted again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from usageflow_common.wire import CustomerId, ExactDecimal, Instant, RequestModel, ResponseModel

_Partition = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,4})$")]
_Offset = Annotated[int, Field(ge=0, lt=2**63)]


class SelectionRequest(RequestModel):
    """Raw events of one customer that feed one metric, in a range, below a cut: partition → offset."""

    metric_id: UUID
    customer_id: CustomerId
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    group: dict[str, str] = Field(default_factory=dict, max_length=50)
    cut: Annotated[dict[_Partition, _Offset], Field(max_length=1024)]
    cursor: str | None = None
    limit: Annotated[int | None, Field(ge=1, le=10_000)] = None


class ValuesRequest(SelectionRequest):
    """The same, told apart by the values of one of the metric's keys."""

    by: str


class RecomputedWindow(ResponseModel):
    """A quarter hour that has events."""

    window_start: Instant
    window_end: Instant
    value: ExactDecimal | None
    event_count: int
    digest: str


class RecomputedValue(ResponseModel):
    """The events that have a value of the key, counted again."""

    group: str
    value: ExactDecimal | None
    event_count: int
    digest: str


class ValuesAnswer(ResponseModel):
    """The values that have events, and those that a level is carried over for."""

    values: list[RecomputedValue]


class RecomputeAnswer(ResponseModel):
    """A whole range: `state` as usage.aggregated has it.

    `opening`: the level at the beginning, for WEIGHTED_SUM; `distinct`: the number of values, for UNIQUE.
    """

    value: ExactDecimal | None
    event_count: int
    digest: str
    state: dict[str, str]
    opening: ExactDecimal
    distinct: int


class WindowsAnswer(RecomputeAnswer):
    """A page of its windows; the rest is that of the whole range on every page."""

    windows: list[RecomputedWindow]
    next_cursor: str | None


class PartitionProgress(ResponseModel):
    """Whatever was accepted before `countedThrough` lies in front of the offset `next` of this partition of events.raw, and is counted."""

    partition: int
    next: int
    counted_through: Instant


class ProgressAnswer(ResponseModel):
    """Partitions of which something was told already."""

    partitions: list[PartitionProgress]
