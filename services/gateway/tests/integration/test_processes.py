"""`api` and `worker` as the processes that they are in production."""

import asyncio
import base64
import json
import signal
import socket
import sys

import aiohttp
import pytest

from usageflow_common.testing import eventually
from usageflow_common.topics import AUDIT_RECORDED, ORGANIZATIONS_CHANGED


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def environment(database, bus_settings, token_keys):
    away = "http://127.0.0.1:1"
    encode = base64.b64encode
    return {
        "USAGEFLOW_DATABASE_URL": database.url,
        "USAGEFLOW_KAFKA_BOOTSTRAP": bus_settings.kafka_bootstrap,
        "USAGEFLOW_TOPIC_PREFIX": bus_settings.topic_prefix,
        "USAGEFLOW_PORT": str(free_port()),
        "USAGEFLOW_TOKEN_PUBLIC_KEYS": json.dumps(token_keys.setting),
        "USAGEFLOW_TOKEN_PRIVATE_KEY": encode(token_keys.private_keys["usageflow-gateway"]).decode(),
        "USAGEFLOW_TOKEN_KEY_ID": token_keys.key_id,
        "USAGEFLOW_CURSOR_SECRET": encode(b"a secret for cursors").decode(),
        "USAGEFLOW_KEY_PEPPER": encode(b"a pepper").decode(),
        **{f"USAGEFLOW_{name}_URL": away for name in ("INGEST", "AGGREGATOR", "INVOICER", "WEBHOOKS")},
    }


@pytest.mark.parametrize("kind", ["api", "worker"])
async def test_a_process_gets_ready_and_ends_with_0_on_sigterm(kind, environment, topics):
    await topics(ORGANIZATIONS_CHANGED, AUDIT_RECORDED)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "usageflow_gateway", kind, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as http:

            async def ready():
                try:
                    async with http.get(f"http://127.0.0.1:{environment['USAGEFLOW_PORT']}/ready") as response:
                        return response.status == 200
                except aiohttp.ClientConnectionError:
                    return False

            await eventually(ready, 30)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_missing_setting_is_named(environment):
    del environment["USAGEFLOW_KEY_PEPPER"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "usageflow_gateway",
        "api",
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    assert process.returncode != 0
    assert b"KEY_PEPPER" in complaint
