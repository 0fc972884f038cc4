"""The worker's process is killed at every step of a delivery: the fact arrives, under one id, and every attempt is in the log."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from dying_worker import STEPS
from receiver import Receiver, answers, hangs
from webhooks_tenant import Tenant, delivering

from usageflow_common.testing.databases import ServiceDatabase
from usageflow_common.testing.eventually import eventually
from usageflow_webhooks.service.turns import LEASE
from usageflow_webhooks.vault import Vault

WAITING = "sent, no answer yet"
PROGRAM = Path(__file__).with_name("dying_worker.py")
INTERRUPTED = ["interrupted", None]

# The step → what the log holds in the end, and how often the receiver was asked.
CASES = {
    "leases are written, not committed": ([None], 1),
    "leased, nothing sent": (INTERRUPTED, 1),
    WAITING: (INTERRUPTED, 2),
    "answered, nothing written down": (INTERRUPTED, 2),
    "written down, not committed": (INTERRUPTED, 2),
    "committed": ([None], 1),
}


def test_every_step_has_its_case():
    assert set(CASES) == {*STEPS, WAITING}


@pytest.mark.parametrize("step", CASES)
async def test_a_fact_survives_the_death_of_its_worker(
    step: str, tenant: Tenant, receiver: Receiver, database: ServiceDatabase, vault: Vault
):
    if step == WAITING:
        receiver.behaviours["/hook"] = hangs
    await tenant.endpoint(receiver.url("/hook"))
    webhook_id = await tenant.happens()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), step), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"url": database.url, "key": (b"s" * 32).hex()}).encode() + b"\n")
    try:
        if step == WAITING:
            await eventually(lambda: receiver.at("/hook"), timeout_seconds=60)
            process.kill()
        assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    receiver.behaviours["/hook"] = answers("204 No Content")
    codes, asked = CASES[step]
    async with delivering(database, vault, ahead=LEASE + timedelta(seconds=10)):
        logged = await tenant.attempts(len(codes))
    [dispatch] = await tenant.list("/dispatches")
    assert (dispatch["status"], dispatch["attempts"]) == ("delivered", len(codes))
    assert [one["errorCode"] for one in logged] == codes
    assert [one["attempt"] for one in logged] == list(range(1, len(codes) + 1))
    assert [one.headers["webhook-id"] for one in receiver.at("/hook")] == [webhook_id] * asked
    assert len({one.body for one in receiver.at("/hook")}) == 1
