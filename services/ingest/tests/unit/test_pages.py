"""A cursor that was signed for another list is refused, whatever its key looks like."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from usageflow_common.errors import InvalidCursor
from usageflow_common.wire import PageRequest
from usageflow_ingest.routes.pages import position_before, position_of

AT = datetime(2026, 3, 4, 10, 0, 0, 5, tzinfo=UTC)


def test_a_page_goes_on_where_the_one_before_ended() -> None:
    assert position_before(PageRequest(50, position_of(AT, UUID(int=7)))) == (AT, UUID(int=7))
    assert position_before(PageRequest(50, None)) is None


@pytest.mark.parametrize(
    "after",
    [("2026-03-04T10:00:00Z", "user_123"), ("7", str(UUID(int=7))), ("2026-03-04T10:00:00Z",), ("a", "b", "c"), ()],
)
def test_the_position_of_another_list_is_refused(after: tuple[str, ...]) -> None:
    with pytest.raises(InvalidCursor):
        position_before(PageRequest(50, after))
