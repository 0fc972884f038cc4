"""Looking for events: in the log of an organization, partition by partition and never more of it than bounded, or among few candidates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from usageflow_aggregator.domain.searching import Key, LogPosition, Order, Scanned, Search
from usageflow_aggregator.store import effective
from usageflow_aggregator.store.found_events import FoundEvent, events_of_ids, shown_events, with_corrections
from usageflow_aggregator.store.usage_parts import Parameters
from usageflow_common.database import Transaction, raw

CANDIDATES_MAX: Final = 10_000
"""Of one customer: so many are sorted, more are looked for in the log."""

_ENDS: Final = "SELECT partition, next_offset FROM consumer_offsets"

_SCAN: Final = """
SELECT given.partition, count(seen.log_offset) AS events, {edge}(seen.log_offset) AS edge,
       (array_agg(seen.appended_at ORDER BY seen.log_offset {direction}))[count(seen.log_offset)] AS edge_at
  FROM unnest({partitions}, {bounds}) AS given (partition, bound)
  LEFT JOIN LATERAL (
       SELECT event.log_offset, event.appended_at FROM usage_events AS event
        WHERE event.org_id = {org_id} AND event.partition = given.partition AND event.log_offset {beyond} given.bound{days}
        ORDER BY event.log_offset {direction} LIMIT {most}) AS seen ON true
 GROUP BY given.partition"""

_SEEN: Final = """(
SELECT event.*
  FROM unnest({partitions}, {bounds}, {edges}) AS given (partition, bound, edge)
  JOIN LATERAL (
       SELECT * FROM usage_events AS event
        WHERE event.org_id = {org_id} AND event.partition = given.partition AND event.log_offset {beyond} given.bound
          AND event.log_offset {up_to} given.edge{days}) AS event ON true
 WHERE {until})"""

_OF_CUSTOMERS: Final = """(
SELECT * FROM usage_events AS event
 WHERE org_id = {org_id} AND customer_id = ANY({customers}) {within}
UNION ALL
SELECT event.*
  FROM (SELECT DISTINCT org_id, partition, log_offset, day FROM event_corrections
         WHERE org_id = {org_id} AND customer_id = ANY({customers}) AND kind = 'amend' {moved_in}) AS amended
  JOIN usage_events AS event USING (org_id, partition, log_offset, day)
 WHERE NOT (true {within}))"""


async def read_ends(tx: Transaction) -> dict[int, int]:
    """Partition → the offset before which everything has been counted."""
    connection = await raw(tx)
    return {row["partition"]: row["next_offset"] for row in await connection.fetch(_ENDS)}


async def scan_log(tx: Transaction, org_id: UUID, search: Search, position: LogPosition, most: int) -> list[Scanned]:
    """Look at up to `most` events of each partition, from the position on in the order of the search."""
    parameters = Parameters()
    statement = _SCAN.format(
        edge="min" if search.order.is_descending else "max",
        most=parameters.add(most, "integer"),
        **_log_terms(org_id, search, position, parameters),
    )
    connection = await raw(tx)
    return [
        Scanned(
            row["partition"],
            Key(row["edge_at"], row["partition"], row["edge"]) if row["events"] else None,
            row["events"] == most,
        )
        for row in await connection.fetch(statement, *parameters.values)
    ]


async def find_in_log(  # noqa: PLR0917  # one look at the log, and what is wanted of it
    tx: Transaction,
    org_id: UUID,
    search: Search,
    position: LogPosition,
    scans: Sequence[Scanned],
    until: Key | None,
    most: int,
) -> list[FoundEvent]:
    """Those of the events that were looked at, up to `until`, that the search is for."""
    parameters = Parameters()
    source = _seen(org_id, search, position, scans, until, parameters)
    return await _fetch(tx, org_id, search, source, None, most, parameters)


async def last_seen(  # noqa: PLR0917  # one look at the log
    tx: Transaction, org_id: UUID, search: Search, position: LogPosition, scans: Sequence[Scanned], until: Key
) -> dict[int, int]:
    """Partition → its last event up to `until`, among those that were looked at."""
    parameters = Parameters()
    source = _seen(org_id, search, position, scans, until, parameters)
    last = "min" if search.order.is_descending else "max"
    connection = await raw(tx)
    rows = await connection.fetch(
        f"SELECT partition, {last}(log_offset) AS edge FROM {source} AS event GROUP BY partition", *parameters.values
    )
    return {row["partition"]: row["edge"] for row in rows}


async def has_few_candidates(tx: Transaction, org_id: UUID, search: Search) -> bool:
    """Whether the customers of the search have no more events in its range of event times than can be sorted."""
    parameters = Parameters()
    source = _of_customers(org_id, search, parameters)
    connection = await raw(tx)
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT FROM {source} AS event LIMIT {CANDIDATES_MAX + 1}) AS candidate",
        *parameters.values,
    )
    return count <= CANDIDATES_MAX


async def find_candidates(
    tx: Transaction, org_id: UUID, search: Search, after: Key | None, most: int
) -> list[FoundEvent]:
    """Among the events that the search names by keys, or by customers; behind `after`."""
    parameters = Parameters()
    if search.event_ids is None:
        source = _of_customers(org_id, search, parameters)
    else:
        source = await events_of_ids(tx, org_id, search.event_ids, parameters)
    return await _fetch(tx, org_id, search, source, after, most, parameters)


async def _fetch(  # noqa: PLR0917  # what one statement is made of
    tx: Transaction, org_id: UUID, search: Search, source: str, after: Key | None, most: int, parameters: Parameters
) -> list[FoundEvent]:
    at = "appended_at" if search.order.is_of_log else "occurred_at"
    conditions = _conditions(search, parameters)
    if after is not None:
        conditions.append(
            _compare(f"{at}, partition, log_offset", "<" if search.order.is_descending else ">", after, parameters)
        )
    direction = "DESC" if search.order.is_descending else "ASC"
    statement = (
        f"SELECT * FROM ({shown_events(source)}) AS event WHERE {' AND '.join(conditions) or 'true'}"
        f" ORDER BY {at} {direction}, partition {direction}, log_offset {direction} LIMIT {parameters.add(most, 'integer')}"
    )
    connection = await raw(tx)
    return await with_corrections(connection, org_id, await connection.fetch(statement, *parameters.values))


def _conditions(search: Search, parameters: Parameters) -> list[str]:
    given = [
        ("metric = ", search.metric, "text", ""),
        ("customer_id = ANY(", search.customer_ids and list(search.customer_ids), "text[]", ")"),
        ("occurred_at >= ", search.occurred_from, "timestamptz", ""),
        ("occurred_at < ", search.occurred_to, "timestamptz", ""),
        ("received_at >= ", search.received_from, "timestamptz", ""),
        ("received_at < ", search.received_to, "timestamptz", ""),
        ("status = ANY(", search.statuses and list(search.statuses), "text[]", ")"),
        ("backfill_id = ", search.backfill_id, "uuid", ""),
    ]
    conditions = [
        f"{head}{parameters.add(value, kind)}{tail}" for head, value, kind, tail in given if value is not None
    ]
    return conditions + [
        f"{effective.property_text('properties', parameters.text(key))} = {parameters.text(value)}"
        for key, value in search.properties.items()
    ]


def _log_terms(org_id: UUID, search: Search, position: LogPosition, parameters: Parameters) -> dict[str, str]:
    # The log is kept by its days, and an event is appended after it was received.
    days = ""
    if search.received_from is not None:
        first = search.received_from.date() - timedelta(days=1)
        days += f" AND event.day >= {parameters.add(first, 'date')}"
    if search.received_to is not None:
        last = search.received_to.date() + timedelta(days=1)
        days += f" AND event.day <= {parameters.add(last, 'date')}"
    return {
        "org_id": parameters.add(org_id, "uuid"),
        "partitions": parameters.add(list(position.bounds), "integer[]"),
        "bounds": parameters.add(list(position.bounds.values()), "bigint[]"),
        "beyond": "<" if search.order.is_descending else ">",
        "direction": "DESC" if search.order.is_descending else "ASC",
        "days": days,
    }


def _seen(  # noqa: PLR0917  # what one statement is made of
    org_id: UUID,
    search: Search,
    position: LogPosition,
    scans: Sequence[Scanned],
    until: Key | None,
    parameters: Parameters,
) -> str:
    seen = {scan.partition: scan.edge.offset for scan in scans if scan.edge is not None}
    looked_at = LogPosition({partition: position.bounds[partition] for partition in seen})
    sign = ">=" if search.order.is_descending else "<="
    names = "event.appended_at, event.partition, event.log_offset"
    terms = _log_terms(org_id, search, looked_at, parameters)
    del terms["direction"]
    return _SEEN.format(
        edges=parameters.add(list(seen.values()), "bigint[]"),
        up_to=sign,
        until="true" if until is None else _compare(names, sign, until, parameters),
        **terms,
    )


def _of_customers(org_id: UUID, search: Search, parameters: Parameters) -> str:
    within, moved_in = "", ""
    for sign, instant in ((">=", search.occurred_from), ("<", search.occurred_to)):
        if instant is not None:
            bound = parameters.add(instant, "timestamptz")
            within += f" AND event.occurred_at {sign} {bound}"
            moved_in += f" AND occurred_at {sign} {bound}"
    return _OF_CUSTOMERS.format(
        org_id=parameters.add(org_id, "uuid"),
        customers=parameters.add(list(search.customer_ids or ()), "text[]"),
        within=within,
        moved_in=moved_in,
    )


def _compare(names: str, sign: str, key: Key, parameters: Parameters) -> str:
    bounds = (
        parameters.add(key.at, "timestamptz"),
        parameters.add(key.partition, "integer"),
        parameters.add(key.offset, "bigint"),
    )
    return f"({names}) {sign} ({', '.join(bounds)})"


def key_of(found: FoundEvent, order: Order) -> Key:
    """The event's place in an order."""
    at = found.appended_at if order.is_of_log else found.event.core.occurred_at
    return Key(at, found.event.partition, found.event.offset)
