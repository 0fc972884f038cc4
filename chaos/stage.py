"""Where the storm rages: a throw-away system whose PostgreSQL writes as safely as any, with a second worker that counts."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from signal import Signals
from typing import Final

from chaos.plan import SECOND_WORKER, Fault
from usageflow_common.settings import BusSettings
from usageflow_local.environment import environment_of
from usageflow_local.keeper import Keeper, PlainPart
from usageflow_local.ports import any_free_port
from usageflow_local.probes import probe_http, until_ready
from usageflow_local.process import Command
from usageflow_local.system import System

_RESTART_SECONDS: Final = 0.3
_READY_SECONDS_MAX: Final = 180.0
_OPERATION_SECONDS_MAX: Final = 180.0
_LIKE: Final = "aggregator-worker"


@dataclass(frozen=True, slots=True)
class Stage:
    """The system and its second counting worker."""

    system: System
    folder: Path
    second: Keeper
    second_port: int

    @property
    def bus_settings(self) -> BusSettings:
        """How to read its topics."""
        partitions = environment_of("aggregator", "worker", self.system.site)["USAGEFLOW_EVENT_PARTITIONS"]
        return BusSettings(kafka_bootstrap=self.system.site.kafka_bootstrap, event_partitions=int(partitions))

    @property
    def digest_key(self) -> bytes:
        """The key of the proofs."""
        return base64.b64decode(self.system.site.credentials.digest_key)

    async def strike(self, fault: Fault) -> None:
        """Do it; a freeze has ended when this returns."""
        match fault.kind:
            case "kill":
                await asyncio.to_thread(self._kill, fault.part)
            case "immediate stop":
                # SIGQUIT: what `pg_ctl stop -m immediate` sends. The next start recovers from the log.
                self._signal(fault.part, Signals.SIGQUIT)
            case "freeze":
                pid = self._signal(fault.part, Signals.SIGSTOP)
                try:
                    await asyncio.sleep(fault.seconds)
                finally:
                    # The same process: another one that took its place would not be frozen.
                    if pid is not None and pid == self._pid(fault.part):
                        self._signal(fault.part, Signals.SIGCONT)

    async def wait_ready(self, part: str) -> None:
        """Return when the part does its work (again). Raises PartFailed or TimeoutError when it never does."""
        if part == SECOND_WORKER:
            await until_ready(lambda: probe_http(self.second_port), _READY_SECONDS_MAX)
        else:
            await self.system.wait_ready(part, timeout_seconds=_READY_SECONDS_MAX)

    async def wait_all_ready(self) -> None:
        """Return when everything works."""
        await asyncio.gather(self.system.wait_ready(timeout_seconds=_READY_SECONDS_MAX), self.wait_ready(SECOND_WORKER))

    async def operate(self, *words: str) -> tuple[int, str]:
        """Run an operators' command of the aggregator: its exit code and what it says."""
        settings = json.loads((self.folder / "environment" / "aggregator.json").read_text())
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "usageflow_aggregator", *words),
            env={**os.environ, **settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(_OPERATION_SECONDS_MAX):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, output.decode(errors="replace")

    def keep_logs(self, folder: Path) -> None:
        """Keep what every part wrote, for whoever looks for the cause of a difference."""
        shutil.copytree(self.system.log_of("kafka").parent, folder, dirs_exist_ok=True)

    def _kill(self, part: str) -> None:
        if part == SECOND_WORKER:
            self.second.part.kill()
        else:
            self.system.kill(part)

    def _pid(self, part: str) -> int | None:
        if part == SECOND_WORKER:
            process = self.second.part.process
            return process.pid if process is not None and process.poll() is None else None
        return next(state.pid for state in self.system.states if state.name == part)

    def _signal(self, part: str, signal: Signals) -> int | None:
        """Signal the process if it lives; its pid."""
        pid = self._pid(part)
        if pid is not None:
            os.kill(pid, signal)
        return pid


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Start everything; at the end every process has ended and the data is gone, also after Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="usageflow-chaos-") as folder:
        starting = System.start(
            Path(folder),
            throwaway=True,
            demo=False,
            durable=True,
            restart_seconds=_RESTART_SECONDS,
            ready_seconds=_READY_SECONDS_MAX,
        )
        async with starting as system:
            port = any_free_port(except_for=system.ports.values())
            part = PlainPart(SECOND_WORKER, _second_command(system, port))
            second = Keeper(part, lambda _: None, lambda: None, _RESTART_SECONDS)
            stage = Stage(system, Path(folder), second, port)
            await second.start()
            try:
                await stage.wait_ready(SECOND_WORKER)
                yield stage
            finally:
                await second.stop()


def _second_command(system: System, port: int) -> Command:
    """The aggregator's worker once more, as another member of its group."""
    site = replace(system.site, ports={**system.ports, _LIKE: port})
    own: Mapping[str, str] = environment_of("aggregator", "worker", site) | {"USAGEFLOW_INSTANCE_ID": SECOND_WORKER}
    log = system.log_of(_LIKE).with_name(f"{SECOND_WORKER}.log")
    return Command(
        arguments=[sys.executable, "-m", "usageflow_aggregator", "worker"],
        environment={**os.environ, "PYTHONUNBUFFERED": "1", **own},
        folder=log.parent,
        log=log,
    )
