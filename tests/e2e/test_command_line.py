"""The `usageflow` command as a newcomer uses it, against the whole system: what it prints, and how it ends."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from tenant import Tenant, eventually

from usageflow_local.system import System


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


async def usageflow(system: System, *arguments: str, **environment: str) -> Ended:
    home = system.log_of("gateway-api").parent.parent
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "usageflow_cli",
        *arguments,
        env=os.environ | {"USAGEFLOW_HOME": str(home), "COLUMNS": "200"} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


@contextmanager
def lying(gateway_url: str, truth: bytes, lie: bytes) -> Iterator[str]:
    """A way to the gateway on which answers are changed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {
                name: self.headers[name]
                for name in ("Authorization", "Content-Type", "Idempotency-Key")
                if name in self.headers
            }
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = httpx.request(
                self.command, gateway_url + self.path, content=body, headers=headers, trust_env=False, timeout=40
            )
            content = answer.content.replace(truth, lie)
            self.send_response(answer.status_code)
            if content:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_a_new_organization_gets_a_key_that_works_until_it_is_revoked(system: System) -> None:
    organization = await usageflow(system, "org", "create", "--name", "Neu", "--json")
    assert organization.code == 0, organization.err
    org_id = json.loads(organization.out)["id"]
    made = await usageflow(system, "key", "create", "--org", org_id, "--scopes", "metrics:read", "--json")
    key = json.loads(made.out)
    async with httpx.AsyncClient(base_url=system.gateway_url, trust_env=False) as client:

        async def answers(status: int) -> bool | None:
            headers = {"Authorization": f"Bearer {key['secret']}"}
            return (await client.get("/api/metrics", headers=headers)).status_code == status or None

        await eventually("the key to be known", lambda: answers(200))
        revoked = await usageflow(system, "key", "revoke", key["id"])
        assert (revoked.code, revoked.out) == (0, "")
        await eventually("the key to be refused", lambda: answers(401), 5.0)
    assert (await usageflow(system, "key", "revoke", key["id"])).code == 2
    assert (await usageflow(system, "key", "create", "--org", org_id, "--scopes", "nothing")).code == 2


async def test_migrating_again_changes_nothing_and_what_is_away_is_3(system: System) -> None:
    assert (await usageflow(system, "migrate", "--service", "ingest")).code == 0
    nowhere = "postgresql://usageflow_aggregator:x@127.0.0.1:9/none"
    away = {"USAGEFLOW_DATABASE_URL": nowhere, "USAGEFLOW_OWNER_DATABASE_URL": nowhere}
    for arguments in (
        ("migrate", "--service", "aggregator"),
        ("quarantine", "list"),
        ("org", "create", "--name", "Nobody"),
    ):
        ended = await usageflow(system, *arguments, **away)
        assert ended.code == 3, ended.err
        assert "cannot be reached" in ended.err
        assert "Traceback" not in ended.err


async def test_nothing_is_quarantined_in_a_system_that_was_left_alone(system: System) -> None:
    assert json.loads((await usageflow(system, "quarantine", "list", "--json")).out) == []
    assert (await usageflow(system, "quarantine", "list")).code == 0


async def test_an_invoice_is_shown_explained_and_verified(system: System, tenant: Tenant) -> None:
    await tenant.prepare()
    await tenant.track(range(20))
    await tenant.counted(20)
    run = await tenant.begin_close((await tenant.subscribe())["id"])
    await tenant.completed_run(run["id"])
    [invoice] = await tenant.invoices()
    shown = await usageflow(system, "invoice", "show", invoice["id"])
    assert (shown.code, "100.00 USD" in shown.out) == (0, True)
    explained = await usageflow(system, "invoice", "explain", invoice["id"], "--json")
    assert [(each["recomputed"]["quantity"], each["matches"]) for each in json.loads(explained.out)] == [("20", True)]
    verified = await usageflow(system, "invoice", "verify", invoice["id"], "--json")
    assert (verified.code, json.loads(verified.out)["status"]) == (0, "passed")
    assert (await usageflow(system, "invoice", "verify", "inv_nobody")).code == 2


async def test_the_demo_ends_with_1_and_says_what_differs(system: System) -> None:
    with lying(system.gateway_url, b'"amountMinor":12000', b'"amountMinor":12001') as url:
        doubted = await usageflow(system, "demo", USAGEFLOW_URL=url)
    assert doubted.code == 1, doubted.out + doubted.err
    *_, differences = doubted.out.partition("These figures are not what they must be:")
    assert "total: expected '120.00 USD', found '120.01 USD'" in differences
    async with httpx.AsyncClient(base_url=system.gateway_url, trust_env=False) as client:
        headers = {"Authorization": f"Bearer {system.api_key}"}
        left = (await client.get("/api/webhooks/endpoints", headers=headers)).json()["data"]
    assert [endpoint for endpoint in left if endpoint["url"] in doubted.out] == []


async def test_the_demo_with_a_wrong_key_is_2(system: System) -> None:
    refused = await usageflow(system, "demo", USAGEFLOW_API_KEY="uf_live_wrong")
    assert (refused.code, "401" in refused.err) == (2, True)
