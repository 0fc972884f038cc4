"""Checks of the hash chains, by the commands of the services that own them: the newest invoices, and the audit logs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final
from uuid import UUID

from usageflow_cli.doctor import store
from usageflow_cli.doctor.findings import Finding
from usageflow_cli.doctor.places import connected, database_url
from usageflow_cli.operators import service_environment
from usageflow_common.database import is_unavailable, sqlstate_of
from usageflow_common.ids import Prefix, public_id

_BROKEN: Final = 1
_SECONDS_MAX: Final = 120

Run = Callable[[Coroutine[Any, Any, list[tuple[UUID, int]]]], list[tuple[UUID, int]]]


def chain_findings(run: Run, *, organizations: int, newest: int) -> list[Finding]:
    """At most so many organizations, and of each the newest invoices and its whole audit log."""
    kinds = (
        (
            "invoice chains",
            "invoicer",
            store.INVOICE_CHAINS,
            "usageflow verify --org names the invoice; find out who wrote",
        ),
        (
            "audit chains",
            "gateway",
            store.AUDIT_CHAINS,
            "python -m usageflow_gateway audit verify names the first entry",
        ),
    )
    findings = []
    for check, service, statement, remedy in kinds:
        url = database_url(service)
        if url is None:
            continue  # said already, by the check of its database
        try:
            chains = run(_read(url, statement, organizations))
        except Exception as error:
            if not is_unavailable(error) and sqlstate_of(error) is None:
                raise
            findings.append(Finding(check, "failed", f"cannot be read: {type(error).__name__}", "mend the store first"))
            continue
        codes = {org_id: _verify(service, url, org_id, max(0, end - newest)) for org_id, end in chains}
        findings.append(_finding(check, codes, remedy))
    return findings


def _finding(check: str, codes: dict[UUID, int], remedy: str) -> Finding:
    broken = [public_id(Prefix.ORGANIZATION, org_id) for org_id, code in codes.items() if code == _BROKEN]
    if broken:
        return Finding(check, "failed", f"broken for {', '.join(broken)}", remedy)
    if unknown := sum(code != 0 for code in codes.values()):
        words = "the services' settings are needed for it, and invoices need a running aggregator"
        return Finding(check, "warning", f"{unknown} of {len(codes)} could not be verified", words)
    return Finding(check, "ok", f"{len(codes)} verified")


async def _read(url: str, statement: str, limit: int) -> list[tuple[UUID, int]]:
    async with connected(url) as connection:
        return [(row[0], row[1]) for row in await connection.fetch(statement, limit)]


def _verify(service: str, url: str, org_id: UUID, after: int) -> int:
    """The exit code of the service's own command."""
    org = public_id(Prefix.ORGANIZATION, org_id)
    words = (
        ["verify", "--org", org, "--after", str(after)] if service == "invoicer" else ["audit", "verify", "--org", org]
    )
    environment = {**service_environment(service), **os.environ, "USAGEFLOW_DATABASE_URL": url}
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"usageflow_{service}", *words],
            env=environment,
            capture_output=True,
            check=False,
            timeout=_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        return 3
    # A traceback also ends with 1, but says nothing on standard output.
    return done.returncode if done.stdout or done.returncode != _BROKEN else 3
