"""Developers' commands: they use the public API, as any integrator could."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from usageflow_cli.api import Api
from usageflow_cli.connection import find_connection
from usageflow_cli.tables import explanation_table, invoice_table, verification_table

invoice = typer.Typer(help="Look at an invoice and at its proof.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
InvoiceId = Annotated[str, typer.Argument(metavar="INVOICE", help="inv_…", callback=lambda text: quote(text, safe=""))]
console = Console()


def show_json(value: Any) -> None:
    """Print JSON for another program."""
    typer.echo(json.dumps(value))


@invoice.command("show")
def show(invoice_id: InvoiceId, as_json: AsJson = False) -> None:
    """Print an invoice with its lines and its evidence."""
    with Api(find_connection()) as api:
        found = api.get(f"/api/invoices/{invoice_id}")
    if as_json:
        show_json(found)
    else:
        console.print(invoice_table(found))


@invoice.command("explain")
def explain(invoice_id: InvoiceId, as_json: AsJson = False) -> None:
    """Print how each usage line came about: its arithmetic and its windows."""
    with Api(find_connection()) as api:
        found = api.get(f"/api/invoices/{invoice_id}")
        usage = [line["id"] for line in found["lines"] if line["kind"] == "usage"]
        explanations = [api.get(f"/api/invoices/{invoice_id}/lines/{line}/explain") for line in usage]
    if as_json:
        show_json(explanations)
    else:
        for explanation in explanations:
            console.print(explanation_table(explanation))
    if not all(explanation["matches"] for explanation in explanations):
        raise typer.Exit(1)


@invoice.command("verify")
def verify(invoice_id: InvoiceId, as_json: AsJson = False) -> None:
    """Recompute an invoice from its raw events; exit code 1 when a check fails."""
    with Api(find_connection()) as api:
        report = verified(api, invoice_id)
    if as_json:
        show_json(report)
    else:
        console.print(verification_table(report))
    if report["status"] != "passed":
        raise typer.Exit(1)


def verified(api: Api, invoice_id: str) -> Any:
    """Start a verification and wait for its report."""
    report = api.post(f"/api/invoices/{invoice_id}/verify", {})
    while report["status"] == "running":
        report = api.get(f"/api/invoices/{invoice_id}/verifications/{report['id']}")
    return report
