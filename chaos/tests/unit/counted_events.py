"""Events as the system has counted them."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from chaos.books import Content
from chaos.store import StoredEvent

METRIC = UUID(int=1)
TEN = Content("CALLS", "ada", Decimal(10), datetime(2026, 3, 1, 12, 7, tzinfo=UTC))


def counted(key="a", content=TEN, partition=0, offset=1):
    return StoredEvent(
        event_id=UUID(int=sum(key.encode())),
        key=key,
        metric=content.metric,
        amount=content.amount,
        customer_id=content.customer_id,
        occurred_at=content.occurred_at,
        partition=partition,
        offset=offset,
        metric_ids=(METRIC,),
        hash=key.encode() * 32,
        properties={},
    )
