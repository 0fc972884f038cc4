"""What every list takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from usageflow_common.wire import QueryModel


class ListQuery(QueryModel):
    """`limit` 1..200 and the cursor of the page before."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=2048)] = None
