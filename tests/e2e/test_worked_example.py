"""The worked example, as a newcomer plays it."""

import asyncio
import os
import sys


async def run_demo(system) -> tuple[int, str]:
    environment = {
        **os.environ,
        "USAGEFLOW_URL": system.gateway_url,
        "USAGEFLOW_API_KEY": system.api_key,
        "COLUMNS": "140",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "usageflow_cli",
        "demo",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_demo_ends_at_120_dollars_every_time_it_is_played(system):
    for _ in range(2):
        code, output = await run_demo(system)
        assert code == 0, output
        assert "120.00 USD" in output
        assert "Every figure is what it must be." in output
