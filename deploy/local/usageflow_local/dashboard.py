"""The dashboard as a part: its packages and its build, made anew only when their sources changed, and its one process.

A build belongs to the tree, not to a home: several homes share it, and one of them makes it while the others wait.
"""

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGKILL
from typing import Final

from usageflow_local.environment import Site, environment_of_dashboard
from usageflow_local.errors import LocalRuntimeError, MissingPrerequisite, last_lines
from usageflow_local.keeper import PlainPart
from usageflow_local.process import Command

NAME: Final = "dashboard"
FOLDER: Final = Path(__file__).resolve().parents[3] / "dashboard"
_NODE_MINIMUM = (20, 9)
_LEFT_OUT = frozenset({"node_modules", ".next", "tests"})
_LINES_OF_A_FAILURE = 30
_POLL_SECONDS = 0.2


def part(folder: Path, logs: Path, site: Site) -> PlainPart:
    """The process that serves a built dashboard, not started."""
    return PlainPart(
        NAME,
        Command(
            arguments=[node(), str(folder / "scripts" / "serve.mjs")],
            environment={**os.environ, **environment_of_dashboard(site)},
            folder=folder,
            log=logs / f"{NAME}.log",
        ),
    )


def node() -> str:
    """The program. Raises MissingPrerequisite when there is none, or an old one."""
    found = shutil.which("node")
    minimum = ".".join(map(str, _NODE_MINIMUM))
    how = f"Install Node.js {minimum} or newer with npm: https://nodejs.org, or `apt install nodejs npm`, `brew install node`."
    if found is None or shutil.which("npm") is None:
        raise MissingPrerequisite(f"The dashboard needs Node.js, and there is none. {how}")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    if numbers is None or tuple(map(int, numbers.groups())) < _NODE_MINIMUM:
        raise MissingPrerequisite(f"The dashboard needs Node.js {minimum} or newer; this is {version}. {how}")
    return found


async def prepare(folder: Path, log: Path, announce: Callable[[str], None], *, build: bool = True) -> None:
    """Bring packages, and with `build` the build, up to date. Raises LocalRuntimeError with the end of the log."""
    node()
    log.parent.mkdir(parents=True, exist_ok=True)
    async with _alone(folder):
        packages = _Stamp(folder / "node_modules" / ".usageflow-stamp", _hash([folder / "package-lock.json"], folder))
        if not packages.holds():
            announce(f"{NAME}: installing its packages (npm ci)")
            await _run(["npm", "ci", "--no-progress"], folder, log)
            packages.write()
        built = _Stamp(folder / ".next" / "usageflow-stamp", _hash(_sources(folder), folder))
        if build and not built.holds():
            announce(f"{NAME}: building it (npm run build); the next start will find it built")
            await _run(["npm", "run", "build"], folder, log)
            built.write()
            announce(f"{NAME} is built")


class _Stamp:
    """Says of which sources something was made."""

    def __init__(self, path: Path, mark: str) -> None:
        self._path, self._mark = path, mark

    def holds(self) -> bool:
        return self._path.exists() and self._path.read_text() == self._mark

    def write(self) -> None:
        self._path.write_text(self._mark)


def _sources(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name in _LEFT_OUT or entry.suffix == ".md" or entry.name in {"next-env.d.ts", "tsconfig.tsbuildinfo"}:
            continue
        yield from (path for path in sorted(entry.rglob("*")) if path.is_file()) if entry.is_dir() else [entry]


def _hash(paths: Iterator[Path] | list[Path], folder: Path) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.relative_to(folder)}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


@asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    """Hold the tree's build; whoever else wants it waits."""
    with (folder / "package.json").open("rb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_POLL_SECONDS)
        yield


async def _run(words: list[str], folder: Path, log: Path) -> None:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            env={**os.environ, "NEXT_TELEMETRY_DISABLED": "1", "CI": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, SIGKILL)
            await process.wait()
            raise
    if code != 0:
        end = "\n".join(f"    {line}" for line in last_lines(log, _LINES_OF_A_FAILURE))
        raise LocalRuntimeError(
            f"{' '.join(words)} of the dashboard failed with exit code {code}. Its log is {log}\n{end}"
        )
