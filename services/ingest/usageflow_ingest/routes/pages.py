"""Lists by time and id: the position of a cursor, and comma lists of filters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from usageflow_common.clock import instant_text
from usageflow_common.errors import InvalidCursor
from usageflow_common.wire import PageRequest, parse_instant


def any_of(value: str | None) -> tuple[str, ...]:
    """The values of a comma list; empty when the filter is absent."""
    return tuple(value.split(",")) if value else ()


def position_before(page: PageRequest) -> tuple[datetime, UUID] | None:
    """The instant and id that the cursor stands at."""
    if page.after is None:
        return None
    try:
        at, row_id = page.after
        instant = parse_instant(at)
        if instant is not None:
            return instant, UUID(row_id)
    except ValueError:
        pass
    raise InvalidCursor("The cursor is not one of this list.")


def position_of(instant: datetime, row_id: UUID) -> tuple[str, str]:
    """What the next cursor remembers of the last row."""
    return instant_text(instant), str(row_id)
