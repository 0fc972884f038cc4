"""A process of a service, for real: it serves, drains on SIGTERM, and ends with a reason when a task dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

PROGRAM = """
import argparse, asyncio, sys
from contextlib import asynccontextmanager
from starlette.responses import Response
from starlette.routing import Route
from usageflow_common.http import create_app
from usageflow_common.runtime import Command, command_line, serve, supervise

HOW, PORT, ORDER = sys.argv[2], int(sys.argv[3]), []

async def task():
    try:
        if HOW == "dies":
            await asyncio.sleep(0.1)
            raise RuntimeError("the log was recreated")
        if HOW == "returns":
            return
        await asyncio.Event().wait()
    finally:
        ORDER.append("task")

@asynccontextmanager
async def lifespan(app):
    if HOW == "fails":
        raise RuntimeError("no settings")
    supervise(app, "early", task)
    yield {"greeting": "hello"}
    ORDER.append("lifespan")
    print(",".join(ORDER), flush=True)
    if HOW == "hangs":
        await asyncio.Event().wait()

async def slow(request):
    await asyncio.sleep(1)
    return Response(request.state.greeting)

async def endless(request):
    await asyncio.Event().wait()

async def api(arguments):
    app = create_app(title="probe", checks={}, lifespan=lifespan)
    app.router.routes += [Route("/slow", slow), Route("/endless", endless)]
    return await serve(app, host="127.0.0.1", port=PORT, tasks={"late": task}, drain_seconds=3)

def two(parser):
    parser.add_argument("how")
    parser.add_argument("port", type=int)

command_line("probe", [Command("api", "serve", api, two)])
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Probe:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process, self.url = process, f"http://127.0.0.1:{port}"

    async def ready(self) -> None:
        async with asyncio.timeout(20), httpx.AsyncClient() as client:
            while True:
                with suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.05)

    async def end(self) -> tuple[int, str, list[dict[str, Any]]]:
        async with asyncio.timeout(20):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), [json.loads(line) for line in err.decode().splitlines()]


@asynccontextmanager
async def running(how: str, port: int | None = None) -> AsyncIterator[Probe]:
    port = port or free_port()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, "api", how, str(port), stdout=pipe, stderr=pipe, env=dict(os.environ)
    )
    try:
        yield Probe(process, port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_a_signal_lets_requests_finish_then_ends_tasks_then_what_they_used() -> None:
    async with running("lives") as probe:
        await probe.ready()
        async with httpx.AsyncClient() as client:
            request = asyncio.create_task(client.get(f"{probe.url}/slow"))
            await asyncio.sleep(0.3)
            probe.process.send_signal(signal.SIGTERM)
            answer = await request
        assert (answer.status_code, answer.text) == (200, "hello")
        assert "server" not in answer.headers
        code, out, log = await probe.end()
    assert code == 0
    assert out.strip() == "task,task,lifespan"
    assert [entry["event"] for entry in log] == ["serving", "stopped"]
    assert {entry["service"] for entry in log} == {"probe"}


@pytest.mark.parametrize(
    ("how", "event", "reason"), [("dies", "task_died", "the log was recreated"), ("returns", "task_ended", "")]
)
async def test_a_dead_task_ends_the_process_and_says_why(how: str, event: str, reason: str) -> None:
    async with running(how) as probe:
        code, _, log = await probe.end()
    assert code == 1
    deaths = [entry for entry in log if entry["event"] == event]
    assert {death["task"] for death in deaths} <= {"early", "late"}
    assert deaths
    assert all(reason in death.get("exception", "") for death in deaths)


async def test_a_start_that_fails_ends_with_its_error() -> None:
    async with running("fails") as probe:
        code, _, log = await probe.end()
    assert code == 1
    assert any("no settings" in json.dumps(entry) for entry in log)


async def test_a_drain_that_hangs_is_cut_off() -> None:
    async with running("hangs") as probe:
        await probe.ready()
        probe.process.send_signal(signal.SIGINT)
        code, _, log = await probe.end()
    assert code == 0
    assert "drain_cut_off" in [entry["event"] for entry in log]


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        async with running("lives", port) as probe:
            code, _, log = await probe.end()
    assert code == 1
    assert (log[0]["event"], log[0]["port"]) == ("cannot_listen", port)


async def test_a_request_that_outlasts_the_drain_is_told_that_its_outcome_is_unknown() -> None:
    async with running("lives") as probe:
        await probe.ready()
        async with httpx.AsyncClient() as client:
            request = asyncio.create_task(client.get(f"{probe.url}/endless", timeout=10))
            await asyncio.sleep(0.3)
            probe.process.send_signal(signal.SIGTERM)
            answer = await request
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["code"] == "unavailable"
        code, _, _ = await probe.end()
    assert code == 0
