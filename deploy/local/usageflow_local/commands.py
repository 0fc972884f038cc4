"""What the command line does. Each function returns the exit code."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM

from usageflow_local.compose import make_env_file
from usageflow_local.dashboard import FOLDER, NAME, node, prepare
from usageflow_local.errors import LocalRuntimeError, MissingPrerequisite, last_lines
from usageflow_local.home import Home
from usageflow_local.postgres import delete_data_elsewhere
from usageflow_local.services import Service
from usageflow_local.system import System
from usageflow_local.terminal import Terminal

_UP_SECONDS_MAX = 660.0
_STOP_SECONDS_MAX = 60.0
_POLL_SECONDS = 0.1
_LINES_OF_EACH = 10
_LINES_OF_ONE = 200


def run(
    home: Home, ports: Mapping[str, int], *, throwaway: bool, services: Sequence[Service], dashboard: bool = False
) -> int:
    """Start everything and keep it running until SIGINT, SIGTERM or SIGHUP. Without Node.js there is no dashboard."""
    terminal = Terminal()
    if dashboard:
        try:
            node()
        except MissingPrerequisite as missing:
            terminal.announce(f"{missing} Everything else starts.")
            dashboard = False
    start = partial(
        System.start,
        home.folder,
        throwaway=throwaway,
        services=services,
        ports=ports,
        dashboard=dashboard,
        announce=terminal.announce,
    )
    return asyncio.run(_run(home, ports, terminal, start))


Start = Callable[[], AbstractAsyncContextManager[System]]


async def _run(home: Home, ports: Mapping[str, int], terminal: Terminal, start: Start) -> int:
    running = asyncio.create_task(_run_until_cancelled(home, ports, terminal, start))
    for number in (SIGINT, SIGTERM, SIGHUP):
        # Once is enough: a second Ctrl-C would only leave the end of the parts to their guardians.
        asyncio.get_running_loop().add_signal_handler(number, _cancel_once(running))
    try:
        await running
    except asyncio.CancelledError:
        terminal.announce("everything has ended")
    return 0


async def _run_until_cancelled(home: Home, ports: Mapping[str, int], terminal: Terminal, start: Start) -> None:
    async with AsyncExitStack() as stack:
        with terminal.working("Starting"):
            system = await stack.enter_async_context(start())
        for part, port in ports.items():
            if system.ports.get(part, port) != port:
                terminal.announce(f"port {port} is taken: {part} listens on {system.ports[part]}")
        if "gateway-api" in system.ports:
            terminal.card(system, home)
        try:
            with terminal.watching(system):
                await asyncio.Event().wait()
        finally:
            terminal.announce("stopping")


def _cancel_once(task: asyncio.Task[None]) -> Callable[[], None]:
    def cancel() -> None:
        if not task.cancelling():
            task.cancel()

    return cancel


def up(home: Home, ports: Mapping[str, int], *, throwaway: bool) -> int:
    """Start PostgreSQL and Kafka in the background; return when both are ready."""
    home.logs.mkdir(parents=True, exist_ok=True)
    log = home.logs / "runner.log"
    options = [word for part, port in ports.items() for word in (f"--port-{part.removesuffix('-api')}", str(port))]
    with log.open("wb") as output:
        runner = subprocess.Popen(
            [
                *(sys.executable, "-m", "usageflow_local", "hold", "--home", str(home.folder), *options),
                *(["--throwaway"] if throwaway else []),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _await(lambda: runner.poll() is not None or _is_ready(home, runner.pid), _UP_SECONDS_MAX, "PostgreSQL and Kafka")
    if (code := runner.poll()) is not None:
        print(log.read_text().strip(), file=sys.stderr)
        return code or 1
    print(home.addresses.read_text(), end="")
    return 0


def compose_env(path: Path) -> int:
    """Make the secrets of docker-compose.yml, unless they are there."""
    written = make_env_file(path)
    print(f"{path} {'is written' if written else 'is there already, and stays as it is'}.")
    return 0


def packages(home: Home) -> int:
    """Install the packages of the dashboard, unless they are there."""
    asyncio.run(prepare(FOLDER, home.logs / f"{NAME}-build.log", print, build=False))
    return 0


def stop(home: Home) -> int:
    """End what runs in this home, and return when nothing of it is left."""
    pid = home.runner_pid()
    if pid is None:
        print("Nothing runs.")
        return 0
    os.kill(pid, SIGTERM)
    _await(lambda: home.runner_pid() != pid, _STOP_SECONDS_MAX, f"the end of the runner (pid {pid})")
    print("Stopped.")
    return 0


def status(home: Home) -> int:
    """Show what runs; 1 when nothing does."""
    state = home.read_state()
    alive = state is not None and home.runner_pid() == state.pid
    if state is None or not alive:
        print("Nothing runs.")
        return 1
    Terminal().status(state)
    return 0


def logs(home: Home, part: str | None, *, lines: int | None) -> int:
    """Print the ends of the logs; 1 when there is no such log."""
    found = sorted(home.logs.glob("*.log")) if part is None else [home.logs / f"{part}.log"]
    for log in found:
        if not log.exists():
            print(f"There is no log of {part}; there are: {', '.join(sorted(_parts_with_logs(home)))}", file=sys.stderr)
            return 1
        if part is None:
            print(f"== {log}")
        print("\n".join(last_lines(log, lines or (_LINES_OF_EACH if part is None else _LINES_OF_ONE))))
    return 0


def clean(home: Home) -> int:
    """Delete data, logs and secrets. Raises AlreadyRunning while they are in use."""
    if home.folder.exists():
        with home.held():
            delete_data_elsewhere(home.folder)
            shutil.rmtree(home.folder)
    print("Nothing is left.")
    return 0


def _parts_with_logs(home: Home) -> list[str]:
    return [log.stem for log in home.logs.glob("*.log")]


def _is_ready(home: Home, runner_pid: int) -> bool:
    state = home.read_state()
    return state is not None and state.pid == runner_pid and state.ready


def _await(condition: Callable[[], bool], seconds_max: float, what: str) -> None:
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            raise LocalRuntimeError(f"Waited {seconds_max:.0f} s in vain for {what}.")
        time.sleep(_POLL_SECONDS)
