"""The command: one line for each check, exit code 1 when one failed. It reads, and changes nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from usageflow_cli.doctor.chains import chain_findings
from usageflow_cli.doctor.databases import database_findings
from usageflow_cli.doctor.findings import any_failed
from usageflow_cli.doctor.log import log_findings


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
    chains: Annotated[
        int, typer.Option(min=0, max=1000, help="Organizations, taken at random, whose chains are verified.")
    ] = 20,
    invoices: Annotated[int, typer.Option(min=1, max=1000, help="The newest invoices of each that are verified.")] = 20,
) -> None:
    """Check a deployment: stores, topics, schemas, lag, clocks, leases, quarantine, outboxes, periods, chains. Exit code 1: one failed.

    Each service's database: USAGEFLOW_<SERVICE>_DATABASE_URL, else the local installation's.
    """
    findings = [*asyncio.run(database_findings()), *asyncio.run(log_findings())]
    findings += chain_findings(asyncio.run, organizations=chains, newest=invoices)
    if as_json:
        typer.echo(json.dumps([finding.body() for finding in findings]))
    else:
        for finding in findings:
            typer.echo(finding.line())
    raise typer.Exit(1 if any_failed(findings) else 0)
