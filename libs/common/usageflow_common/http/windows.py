"""Questions about a range of time that are answered window by window."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, assert_never
from zoneinfo import ZoneInfo

from pydantic import Field

from usageflow_common.civil import Span, WindowSize
from usageflow_common.errors import FieldError, ValidationFailed
from usageflow_common.ranges import OutOfBounds, TooLarge, plan_windows
from usageflow_common.wire import Instant, QueryModel, ResponseModel, TimeZone


class RangeQuery(QueryModel):
    """Half-open, in civil windows of a time zone."""

    from_: Annotated[Instant, Field(alias="from")]
    to: Instant
    window_size: WindowSize = WindowSize.DAY
    time_zone: TimeZone = "UTC"

    def windows(self) -> list[Span]:
        """As below."""
        return windows_of(self.from_, self.to, self.window_size, ZoneInfo(self.time_zone))

    def answered(self) -> dict[str, Any]:
        """What the answer repeats, by the names of RangeAnswer."""
        return self.model_dump(include={"from_", "to", "window_size", "time_zone"})


class RangeAnswer(ResponseModel):
    """What every answer says of its range; a kind of answer adds its `data`."""

    from_: Annotated[Instant, Field(serialization_alias="from")]
    to: Instant
    window_size: WindowSize
    time_zone: str
    next_cursor: None = None


def windows_of(start_at: datetime, end_at: datetime, size: WindowSize, zone: ZoneInfo) -> list[Span]:
    """The windows that tile a range. ValidationFailed names what is wrong with it."""
    planned = plan_windows(start_at, end_at, size, zone)
    match planned:
        case list():
            return planned
        case OutOfBounds(field=field, detail=detail):
            raise ValidationFailed.of(FieldError(f"query.{field}", "out_of_range", detail))
        case TooLarge():
            raise ValidationFailed("At most 400 days and 10,000 windows.", code="range_too_large")
        case _:
            assert_never(planned)
