"""`erase`: a customer who has left is to be forgotten."""

from __future__ import annotations

import argparse
import sys

from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.records import ActorRecord
from usageflow_invoicer.operators.terminal import open_engine, print_line
from usageflow_invoicer.service.erasing import StillServed, erase_customer

WRONG_USE = 2


def erase_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `erase`."""
    parser.add_argument("--org", required=True, help="org_…")
    parser.add_argument("--customer", required=True, help="the tenant's id of the customer")
    parser.add_argument("--reason", required=True, help="stands in the audit log: name nobody there")
    parser.add_argument("--operator", default="operator", help="who decides it")


async def run_erase(arguments: argparse.Namespace) -> int:
    """0 when nothing here names them any more; 2 without such a customer, or while they have a subscription."""
    org_id = parse_public_id(Prefix.ORGANIZATION, arguments.org)
    if org_id is None:
        sys.stderr.write("An organization's id begins with org_.\n")
        return WRONG_USE
    actor = ActorRecord(type="operator", id=arguments.operator)
    async with open_engine() as (engine, _settings):
        try:
            invoices = await erase_customer(engine, org_id, arguments.customer, actor, arguments.reason)
        except (LookupError, StillServed) as error:
            sys.stderr.write(f"{error}\n")
            return WRONG_USE
    print_line({"invoices": invoices})
    return 0
