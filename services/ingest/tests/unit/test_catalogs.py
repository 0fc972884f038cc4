"""What ingest knows, and when it admits that it does not."""

from __future__ import annotations

import pytest

from usageflow_common.errors import Unavailable
from usageflow_common.ids import new_id
from usageflow_common.kafka import Bus
from usageflow_common.settings import BusSettings
from usageflow_ingest.catalogs import Catalogs


async def test_metrics_that_were_never_read_completely_decide_nothing() -> None:
    catalogs = Catalogs(Bus(BusSettings(kafka_bootstrap="127.0.0.1:9"), "test"))
    with pytest.raises(Unavailable):
        catalogs.refuse_stale()
    assert not await catalogs.ready()
    assert not catalogs.metrics_of(new_id(), "API_CALL").are_known
    assert not catalogs.offset_of(new_id())
