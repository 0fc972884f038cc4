"""Pictures of every page, from a throw-away system with the demo organization: `make screens`, then open dashboard/tests/screens/out/index.html."""

import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from usageflow_local.dashboard import FOLDER, node
from usageflow_local.system import System


async def run(*words: str, cwd: Path | None = None, **environment: str) -> int:
    """The exit code of a program."""
    process = await asyncio.create_subprocess_exec(*words, cwd=cwd, env={**os.environ, **environment})
    return await process.wait()


async def main() -> int:
    """The exit code of what makes the organization, or of what takes the pictures."""
    with TemporaryDirectory(prefix="usageflow-screens-") as home:
        async with System.start(Path(home), throwaway=True, dashboard=True) as system:
            assert system.dashboard_url is not None
            assert system.demo is not None
            assert system.demo.email is not None
            assert system.demo.password is not None
            seeded = await run(sys.executable, "-m", "usageflow_cli", "seed", "demo", USAGEFLOW_HOME=home)
            return seeded or await run(
                node(),
                "tests/screens/screens.mjs",
                cwd=FOLDER,
                DASHBOARD_URL=system.dashboard_url,
                GATEWAY_URL=system.gateway_url,
                OWNER_EMAIL=system.demo.email,
                OWNER_PASSWORD=system.demo.password,
            )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
