"""Verify an invoice from raw events, as a caller and the worker would."""

from __future__ import annotations

from invoicer_billing import Billing

from usageflow_common.clock import Clock
from usageflow_common.ids import Prefix, parse_public_id
from usageflow_common.testing import caller
from usageflow_invoicer.service.verification import read_verification, request_verification, verify_next


async def verify(billing: Billing, stored) -> dict[str, list[str]]:
    """The failed checks, by name, with the lines they concern."""
    who = caller("invoices:read", org_id=billing.org_id, idempotency_key=f"verify-{next(billing.keys)}")
    invoice_id = stored.invoice.invoice_id
    answer = await request_verification(billing.engine, who, invoice_id, Clock().wall())
    joined = await request_verification(
        billing.engine, caller("invoices:read", org_id=billing.org_id), invoice_id, Clock().wall()
    )
    assert joined.location == answer.location
    assert await verify_next(billing.engine, billing.log, Clock())
    verification_id = parse_public_id(Prefix.VERIFICATION, answer.location.rpartition("/")[2])
    report = await read_verification(billing.engine, billing.org_id, invoice_id, verification_id)
    failed: dict[str, list[str]] = {}
    for check in report.checks:
        if not check["passed"]:
            failed.setdefault(check["check"], []).append(check["lineId"])
    assert report.status == ("failed" if failed else "passed")
    return failed
