"""Checks of PostgreSQL: connections, schemas, clock, outboxes, leases, quarantine, overdue periods."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from usageflow_cli.doctor import store
from usageflow_cli.doctor.findings import Finding, bounded
from usageflow_cli.doctor.places import connected, database_url, newest_revision
from usageflow_cli.operators import SERVICES
from usageflow_common.database import RawConnection, is_unavailable, sqlstate_of
from usageflow_common.ids import Prefix, public_id

_NAMED_MAX: Final = 5
_CLOCK_SECONDS: Final = (2, 10)
_OUTBOX_SECONDS: Final = (30, 300)
_OVERDUE_AFTER: Final = timedelta(hours=1)
"""Behind the end of a period and its organization's grace: a run takes seconds, or minutes."""


async def database_findings() -> list[Finding]:
    """Service by service; a schema that cannot be reached is one failed check, and its others are left out."""
    findings: list[Finding] = []
    for service in SERVICES:
        url = database_url(service)
        if url is None:
            remedy = f"set USAGEFLOW_{service.upper()}_DATABASE_URL, or run where `make run` runs"
            findings.append(Finding(f"{service} database", "failed", "its address is not known", remedy))
            continue
        try:
            async with connected(url) as connection:
                findings.append(Finding(f"{service} database", "ok", "answers"))
                findings += await _of_service(service, connection)
        except Exception as error:
            if not is_unavailable(error) and sqlstate_of(error) is None:
                raise
            remedy = "is PostgreSQL up, its address right, and are role and password those of the migration?"
            findings.append(Finding(f"{service} database", "failed", f"{type(error).__name__}: {error}", remedy))
    return findings


async def _of_service(service: str, connection: RawConnection) -> list[Finding]:
    findings = [await _schema(service, connection)]
    if service == SERVICES[0]:
        findings.append(await _clock(connection))
    waits = int(await connection.fetchval(store.OUTBOX_SECONDS))
    remedy = "is Kafka there, and is a worker of the service ready? See OutboxOld in docs/operations.md"
    seen = f"the oldest row waits for {waits} s" if waits else "nothing waits"
    findings.append(bounded(f"{service} outbox", waits, seen=seen, limits=_OUTBOX_SECONDS, remedy=remedy))
    match service:
        case "aggregator":
            findings.append(await _quarantine(connection))
        case "invoicer":
            findings.append(await _leases(connection, "billing runs", store.RUN_LEASES, service))
            findings.append(await _overdue(connection))
        case "webhooks":
            findings.append(await _leases(connection, "deliveries", store.DISPATCH_LEASES, service))
        case _:
            pass
    return findings


async def _schema(service: str, connection: RawConnection) -> Finding:
    present, newest = str(await connection.fetchval(store.VERSION)), newest_revision(service)
    if newest is None:
        remedy = f"run it where usageflow_{service} is installed, as the checkout is"
        return Finding(f"{service} schema", "warning", f"at {present}, nothing here to compare it with", remedy)
    if present == newest:
        return Finding(f"{service} schema", "ok", f"at {present}")
    remedy = f"usageflow migrate --service {service} (or this command is older than the database)"
    return Finding(f"{service} schema", "failed", f"at {present}, this version has {newest}", remedy)


async def _clock(connection: RawConnection) -> Finding:
    before = datetime.now(UTC)
    theirs: datetime = await connection.fetchval(store.CLOCK)
    middle = before + (datetime.now(UTC) - before) / 2
    apart = round(abs((theirs - middle).total_seconds()))
    seen = f"PostgreSQL's and this machine's are {apart} s apart"
    return bounded("clocks", apart, seen=seen, limits=_CLOCK_SECONDS, remedy="let NTP set both")


async def _quarantine(connection: RawConnection) -> Finding:
    count = int(await connection.fetchval(store.QUARANTINED))
    remedy = "usageflow quarantine list; invoices stay drafts until each is repaired or waived"
    return bounded("quarantine", count, seen=f"{count} records wait", limits=(1, 1), remedy=remedy)


async def _leases(connection: RawConnection, what: str, statement: str, service: str) -> Finding:
    count = int(await connection.fetchval(statement))
    remedy = f"no worker takes them over: is a worker of {service} ready?"
    seen = f"{count} ran out more than 5 min ago"
    return bounded(f"leases of {what}", count, seen=seen, limits=(1, 1), remedy=remedy)


async def _overdue(connection: RawConnection) -> Finding:
    """By each organization's own policy, which the gateway's schema has: its grace, and whether it finalizes by hand."""
    ended: list[tuple[UUID, datetime]] = [(row[0], row[1]) for row in await connection.fetch(store.ENDED_PERIODS)]
    url = database_url("gateway")
    if url is None:
        return Finding(
            "overdue periods", "warning", f"{len(ended)} have ended", "the gateway's database knows their grace"
        )
    async with connected(url) as gateway:
        rows = await gateway.fetch(store.CLOSING_POLICIES, list({org_id for org_id, _ in ended}))
    grace = {row[0]: timedelta(hours=row[1]) for row in rows}
    overdue_from = datetime.now(UTC) - _OVERDUE_AFTER
    late = Counter(org_id for org_id, end_at in ended if org_id in grace and end_at + grace[org_id] < overdue_from)
    named = ", ".join(public_id(Prefix.ORGANIZATION, org_id) for org_id, _ in late.most_common(_NAMED_MAX))
    seen = f"{late.total()} are an hour past their grace and have no invoice" + (f": {named}" if named else "")
    remedy = "look at the failures of the organization's billing runs: PeriodsOverdue in docs/operations.md"
    return bounded("overdue periods", late.total(), seen=seen, limits=(1, 1), remedy=remedy)
