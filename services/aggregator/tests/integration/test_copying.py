"""Raw events stand in the table as they stood in the log, whatever their values are."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import asyncpg
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usageflow_aggregator.domain.definition import Definition
from usageflow_aggregator.domain.reading import Identity, LogRecord, read_records
from usageflow_aggregator.store.copying import COLUMNS, binary_rows
from usageflow_common.ids import event_id, new_id
from usageflow_common.money import decimal_text
from usageflow_common.records import UsageEvent

PARTITION, APPENDED_AT = 7, datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC)
ORG = new_id()
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
NUMBERS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**20) + 1, 10**20 - 1), st.integers(0, 12)
)
INSTANTS = st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1970 < at.year < 9998)
IDS = st.uuids()
PROPERTIES = st.dictionaries(TEXTS, st.none() | st.booleans() | TEXTS | st.integers(-(10**18), 10**18) | NUMBERS)
EVENTS = st.builds(
    lambda key, **said: UsageEvent(
        org_id=ORG, event_id=event_id(ORG, key), idempotency_key=key, payload_hash="00" * 32, **said
    ),
    key=TEXTS,
    metric=TEXTS,
    metric_ids=st.lists(IDS, max_size=3, unique=True).map(tuple),
    amount=NUMBERS.map(decimal_text) | st.sampled_from(["0", "10000", "0.0001", "100000000", "-0.00000001"]),
    customer_id=TEXTS,
    occurred_at=INSTANTS,
    occurred_at_given=st.booleans(),
    properties=PROPERTIES,
    received_at=INSTANTS,
    backfill_id=st.none() | IDS,
    api_key_id=st.none() | IDS,
)


@given(st.lists(EVENTS, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_copied_is_what_the_log_said(database, events):
    records = [LogRecord(offset, APPENDED_AT, Identity(b""), None, event) for offset, event in enumerate(events)]
    reading, _ = read_records(PARTITION, 0, records, lambda _org, metric_id: _counted(metric_id), bytes(32))

    rows = await _copied(database.owner_url, reading.usages)

    assert rows == [_expected(usage) for usage in reading.usages]
    assert len(rows) == len(events)


def _counted(metric_id):
    return Definition(metric_id, "COUNT", None, (), "{}")


def _expected(usage):
    event = usage.event
    said = {name: getattr(event, name) for name in event.__struct_fields__ if name != "payload_hash"}
    return said | {
        "partition": PARTITION,
        "log_offset": usage.offset,
        "amount": Decimal(event.amount),
        "metric_ids": list(event.metric_ids),
        "salt": usage.salt,
        "event_hash": usage.hash,
        "appended_at": APPENDED_AT,
        "day": APPENDED_AT.date(),
    }


async def _copied(owner_url, usages):
    connection = await asyncpg.connect(owner_url, server_settings={"search_path": "aggregator"})
    try:
        await connection.execute("CREATE TEMPORARY TABLE copied (LIKE usage_events)")
        rows = BytesIO(binary_rows(PARTITION, APPENDED_AT.date(), usages))
        await connection.copy_to_table("copied", source=rows, columns=COLUMNS, format="binary")
        found = await connection.fetch("SELECT * FROM copied ORDER BY log_offset")
        decode = msgspec.json.Decoder(float_hook=Decimal).decode
        return [{**row, "properties": decode(row["properties"])} for row in found]
    finally:
        await connection.close()
