"""Pictures of every page, from a throw-away system: `make screens`, then open dashboard/tests/screens/out/index.html."""

import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from usageflow_local.dashboard import FOLDER, node
from usageflow_local.system import System


async def main() -> int:
    """The exit code of the program that takes them."""
    with TemporaryDirectory(prefix="usageflow-screens-") as home:
        async with System.start(Path(home), throwaway=True, dashboard=True) as system:
            assert system.dashboard_url is not None
            addresses = {"DASHBOARD_URL": system.dashboard_url, "GATEWAY_URL": system.gateway_url}
            process = await asyncio.create_subprocess_exec(
                node(), "tests/screens/screens.mjs", cwd=FOLDER, env={**os.environ, **addresses}
            )
            return await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
